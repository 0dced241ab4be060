"""The runtime of Ollama, by its official client.

Against another maker's server that speaks its protocol, in front of a real llama-server, and against replies in which
its known traps lie.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from generator_contract import CONTEXT, QUESTION, GeneratorContract, said, thought
from made_ollama import ollama
from misbehaving_server import Reply, misbehaving

from app.domain.errors import EnvironmentFault, UsageFault
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken
from app.models.packs import ServedModel
from app.models.runtimes.ollama_server import OllamaGenerator, models_of
from app.security.policy import Server, ServerKind

GIB = 1 << 30


@pytest.fixture
def generator(ollama_speaker: Server) -> OllamaGenerator:
    return OllamaGenerator(ServedModel(ollama_speaker, "local/smollm2"), CONTEXT, threads=2)


class TestAnotherMakersServer(GeneratorContract):
    """The fixture ``generator`` speaks Ollama's protocol to a real server of another maker."""


def test_a_prompt_that_would_be_cut_in_silence_is_refused(generator: OllamaGenerator) -> None:
    with pytest.raises(UsageFault, match=str(CONTEXT)):
        list(generator.generate([Message("user", "word " * 500)], 8, CancelToken()))


def test_a_model_that_is_not_there_is_named(ollama_speaker: Server) -> None:
    missing = OllamaGenerator(ServedModel(ollama_speaker, "nobody/here"), CONTEXT, threads=None)
    with pytest.raises(EnvironmentFault, match="nobody"):
        list(missing.generate(QUESTION, 4, CancelToken()))


def lines(*parts: dict[str, object]) -> bytes:
    return b"".join(json.dumps(part).encode() + b"\n" for part in parts)


def pieces_of(body: bytes, status: int = 200) -> list[Piece]:
    with misbehaving(Reply(status, body)) as address:
        model = ServedModel(Server(ServerKind.OLLAMA, address), "some")
        return list(OllamaGenerator(model, CONTEXT, threads=None).generate(QUESTION, 8, CancelToken()))


HELLO: dict[str, object] = {"message": {"role": "assistant", "content": "Hello"}, "done": False}
DONE: dict[str, object] = {"message": {"role": "assistant", "content": ""}, "done": True}


def test_thoughts_are_told_apart_however_they_are_sent() -> None:
    sent = {"message": {"role": "assistant", "content": "", "thinking": "Hm. "}, "done": False}
    aloud = {"message": {"role": "assistant", "content": "<think>Hm.</think>"}, "done": False}
    pieces = pieces_of(lines(sent, aloud, HELLO, DONE))
    assert (thought(pieces), said(pieces)) == ("Hm. Hm.", "Hello")


def test_it_is_loaded_as_lectern_says() -> None:
    reply = Reply(200, lines(HELLO, DONE))
    with misbehaving(reply) as address:
        model = ServedModel(Server(ServerKind.OLLAMA, address), "some")
        list(OllamaGenerator(model, CONTEXT, threads=3).generate(QUESTION, 8, CancelToken(), seed=5, temperature=0.5))
    asked = json.loads(reply.heard[-1])
    assert asked["options"] == {"num_ctx": CONTEXT, "num_thread": 3, "num_predict": 8, "seed": 5, "temperature": 0.5}
    assert asked["keep_alive"] == "15m"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (lines(HELLO), 200, "broke off"),
        (lines(HELLO, {"error": "out of memory"}), 200, "out of memory"),
        (lines({"error": "model is too large"}), 500, "too large"),
    ],
)
def test_what_a_server_does_wrong_is_said_in_words(body: bytes, status: int, said: str) -> None:
    with pytest.raises(EnvironmentFault, match=said) as caught:
        pieces_of(body, status)
    assert caught.value.remedy


def listed(*models: tuple[str, int]) -> Sequence[ServedModel]:
    body = json.dumps({"models": [{"model": name, "size": size, "digest": "0" * 64} for name, size in models]})
    with misbehaving(Reply(200, body.encode())) as address:
        return models_of(Server(ServerKind.OLLAMA, address))


def test_models_of_the_makers_cloud_are_left_out() -> None:
    found = listed(("llama3.2:3b", 2 * GIB), ("gpt-oss:120b-cloud", 384), ("renamed", 384))
    assert [model.id for model in found] == ["ollama:llama3.2:3b"]


def test_another_makers_models_that_are_elsewhere_are_left_out(ollama_speaker: Server) -> None:
    assert models_of(ollama_speaker) == []


def test_weights_that_lie_on_this_computer_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (blob,) = ollama(tmp_path, [("model", b"GGUF")])
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path))
    known, unknown = listed(("tiny:1b", GIB), ("other:1b", GIB))
    assert (known.weights, unknown.weights) == (blob, None)


def test_another_program_at_the_address_is_told_apart() -> None:
    with misbehaving(Reply(200, b"<html>")) as address, pytest.raises(EnvironmentFault, match="not the address"):
        models_of(Server(ServerKind.OLLAMA, address))
