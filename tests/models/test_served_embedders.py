"""Embedding on servers: a real llama-server, and another maker's server that speaks Ollama's protocol before it.

The stand-in in between has the traps that FIELD-NOTES name: the real servers that had them cannot be installed here.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from embedder_contract import TEXTS, EmbedderContract, cosines
from misbehaving_server import Reply, misbehaving

from app.domain.errors import EnvironmentFault, ModelFault, UsageFault
from app.models.embedder import Embedder
from app.models.packs import ServedEncoder, ServedModel
from app.models.runtimes.ollama_server import models_of as models_of_ollama
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.runtimes.served_embedding import ServedEmbedder
from app.models.served_encoders import ServedEncoders
from app.models.servers import Servers
from app.security.policy import Policy, Server, ServerKind
from tests.running_servers import PROGRAMS, free_port, running

NAME = "all-minilm"


@pytest.fixture(scope="module")
def ollama_speaker(encoder_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    command = [str(PROGRAMS / "ollama-proxy"), "--host", "127.0.0.1", "--port", str(port)]
    settings = {
        "PROVIDERS_LOCAL_BASE_URL": encoder_server.url,
        "PROVIDERS_LOCAL_API_KEY": "none",
        "EXTRA_MODELS": f"local/{NAME}",
    }
    folder = tmp_path_factory.mktemp("ollama-proxy")
    with running(command, settings, f"http://127.0.0.1:{port}/api/version", folder / "log"):
        yield Server(ServerKind.OLLAMA, f"http://127.0.0.1:{port}")


def chosen(server: Server, name: str, folder: Path, weights: Path | None = None) -> ServedEncoder:
    return ServedEncoders(folder).choose(ServedModel(server, name, weights, finds=True))


class TestOpenAiServer(EmbedderContract):
    """The real all-MiniLM-L6-v2, 16-bit, by llama-server."""

    exact = False
    patience = 10.0
    repeats = 4

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, encoder_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
        with closing(ServedEmbedder(chosen(encoder_server, NAME, tmp_path_factory.mktemp("models")))) as made:
            yield made


class TestOllamaSpeaker(EmbedderContract):
    """The same, by Ollama's protocol and its official client."""

    exact = False
    patience = 10.0
    repeats = 4

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, ollama_speaker: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
        model = chosen(ollama_speaker, f"local/{NAME}", tmp_path_factory.mktemp("models"))
        with closing(ServedEmbedder(model)) as made:
            yield made


def test_its_vectors_are_those_of_the_other_runtimes(
    encoder_server: Server, embedder: OnnxEmbedder, tmp_path: Path
) -> None:
    texts = [text for text in TEXTS if len(text) < 500]
    with closing(ServedEmbedder(chosen(encoder_server, NAME, tmp_path))) as made:
        assert cosines(made.embed_documents(texts), embedder.embed_documents(texts)).min() > 0.995


def test_where_its_file_is_here_it_is_held_to_what_is_computed_here(
    encoder_server: Server, minilm_file: Path, tmp_path: Path
) -> None:
    model = chosen(encoder_server, NAME, tmp_path, weights=minilm_file)
    assert model.recipe.pooling == "mean"
    with closing(ServedEmbedder(model)) as made:
        assert made.embed_queries(["anything"]).shape == (1, 384)


def test_what_was_chosen_is_remembered_and_nothing_is_asked_for_it(encoder_server: Server, tmp_path: Path) -> None:
    first = chosen(encoder_server, NAME, tmp_path)
    gone = Server(ServerKind.OPENAI, "http://127.0.0.1:9/v1")
    assert ServedEncoders(tmp_path).remembered([encoder_server, gone]) == [first]
    # One that may not be used any more, such as when the policy was changed.
    assert ServedEncoders(tmp_path).remembered([gone]) == []


def test_a_connected_server_offers_it_to_find_and_not_to_write(encoder_server: Server, tmp_path: Path) -> None:
    servers = Servers(tmp_path / "servers.txt", Policy())
    (listed,) = servers.connect(encoder_server.url)
    assert listed.finds
    model = servers.choose_encoder(listed.id)
    assert [one.id for one in servers.encoders()] == [model.id]
    with pytest.raises(UsageFault, match="nobody"):
        servers.choose_encoder("nobody")


def test_an_ollama_says_what_is_an_encoder() -> None:
    named = [("nomic-embed-text:latest", "nomic-bert"), ("some:1b", "bert"), ("llama3.2:1b", "llama")]
    models = [{"model": name, "size": 1 << 28, "details": {"family": family}} for name, family in named]
    with misbehaving(Reply(200, json.dumps({"models": models}).encode())) as address:
        found = models_of_ollama(Server(ServerKind.OLLAMA, address))
    assert [model.finds for model in found] == [True, True, False]


def test_one_of_which_nothing_is_known_is_not_used(encoder_server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelFault) as caught:
        chosen(encoder_server, "house-embedder", tmp_path)
    assert caught.value.reason == "vocabulary"


Change = Callable[[list[str]], list[str]]


@contextmanager
def changing(server: Server, change: Change) -> Iterator[Server]:
    """Stand between: pass the texts on changed, as faulty programs do."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = httpx.post(f"{server.url}/embeddings", json={**body, "input": change(body["input"])}, timeout=60)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as between:
        Thread(target=between.serve_forever, daemon=True).start()
        yield Server(ServerKind.OPENAI, f"http://127.0.0.1:{between.server_port}/v1")
        between.shutdown()


def without_capitals(texts: list[str]) -> list[str]:
    return [re.sub(r"[A-Z]{2,}", "[UNK]", text) for text in texts]


def without_accents(texts: list[str]) -> list[str]:
    return [re.sub(r"\w*[^\x00-\x7f]\w*", "[UNK]", text) for text in texts]


def cut_short(texts: list[str]) -> list[str]:
    return [" ".join(text.split()[:64]) for text in texts]


def always_the_same(texts: list[str]) -> list[str]:
    return ["a text" for _ in texts]


@pytest.mark.parametrize("change", [without_capitals, without_accents, cut_short, always_the_same])
@pytest.mark.parametrize("here", [True, False])
def test_a_program_that_loses_words_is_found_out(
    change: Change, here: bool, encoder_server: Server, minilm_file: Path, tmp_path: Path
) -> None:
    with changing(encoder_server, change) as faulty, pytest.raises(EnvironmentFault, match="wrong vectors"):
        chosen(faulty, NAME, tmp_path, minilm_file if here else None)
    assert ServedEncoders(tmp_path).remembered([faulty]) == []


def test_a_program_that_is_renewed_for_the_worse_is_found_out(encoder_server: Server, tmp_path: Path) -> None:
    versions: list[Change] = [list, without_capitals]

    def present(texts: list[str]) -> list[str]:
        return versions[0](texts)

    with changing(encoder_server, present) as renewed:
        model = chosen(renewed, NAME, tmp_path)
        versions.pop(0)
        with pytest.raises(EnvironmentFault, match="wrong vectors"):
            ServedEmbedder(model).embed_queries(["anything"])


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"no JSON"),
        (200, b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
        (200, b'{"data": [{"index": 0, "embedding": "AAAA"}]}'),
        (200, b'{"data": []}'),
        (400, b'{"error": "no embeddings here"}'),
        (501, b"This server does not support embeddings."),
    ],
)
def test_what_is_no_vector_is_said(status: int, body: bytes, tmp_path: Path) -> None:
    with misbehaving(Reply(status, body)) as address, pytest.raises(EnvironmentFault) as caught:
        chosen(Server(ServerKind.OPENAI, f"{address}/v1"), NAME, tmp_path)
    assert caught.value.remedy


def test_a_server_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="does not answer"):
        chosen(Server(ServerKind.OPENAI, "http://127.0.0.1:9/v1"), NAME, tmp_path)
