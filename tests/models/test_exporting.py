"""A folder of safetensors becomes an 8-bit ONNX model on import, held to the original's vectors."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from embedder_contract import cosines
from made_embedders import sentence_transformers_folder
from parity_texts import parity_texts

from app.domain.errors import Cancelled, ModelFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models import exporting
from app.models.importing import source_of
from app.models.packs import EmbedderPack
from app.models.runtimes.child_embedder import TransformersEmbedder
from app.models.runtimes.embedding import embedder as embedder_of
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.store import Installed, Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of nomic's architecture, as its authors' folder is."""
    pytest.importorskip("sentence_transformers", reason="the extra `sentence-transformers` is not installed")
    return sentence_transformers_folder(tmp_path_factory.mktemp("made") / "Nomic Small")


@pytest.fixture(scope="module")
def stored(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installed, list[str]]:
    """The model in the store, and the steps that were told."""
    progress, store = _Told(), Store(tmp_path_factory.mktemp("models"))
    installed = store.bring_in(source_of(str(folder), CancelToken()), progress, CancelToken())
    return installed, progress.items


class _Told(ProgressSlot):
    """Keeps all that is told."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[str] = []

    def report(self, stage: str, done: int, total: int, unit: str, item: str = "") -> None:
        self.items.append(item)
        super().report(stage, done, total, unit, item)


def pack_in(installed: Installed) -> EmbedderPack:
    assert isinstance(installed.pack, EmbedderPack)
    return installed.pack


def test_it_runs_by_the_fast_runtime_and_gives_the_originals_vectors(
    stored: tuple[Installed, list[str]], folder: Path
) -> None:
    pack = pack_in(stored[0])
    texts = parity_texts(40)
    original = replace(pack, model=folder / "model.safetensors", sha256=_hash(folder))
    with closing(embedder_of(pack, 2)) as ours, closing(TransformersEmbedder(original, 2)) as reference:
        assert isinstance(ours, OnnxEmbedder)
        assert cosines(ours.embed_documents(texts), reference.embed_documents(texts)).min() >= 0.995
        assert cosines(ours.embed_queries(texts), reference.embed_queries(texts)).min() >= 0.995
        assert ours.model_hash != reference.model_hash


def _hash(folder: Path) -> str:
    from app.models.files import sha256_of

    return sha256_of(folder / "model.safetensors")


def test_what_is_stored_and_told(stored: tuple[Installed, list[str]]) -> None:
    installed, told = stored
    pack = pack_in(installed)
    assert (installed.manifest.id, installed.manifest.name) == ("nomic-small", "Nomic Small (8-bit)")
    assert {path.name for path in pack.model.parent.iterdir()} == {
        "manifest.json",
        "model.onnx",
        "vocab.txt",
        "canary.json",
    }
    assert (pack.recipe.document_prefix, pack.recipe.layer_norm, pack.recipe.truncation) == (
        "search_document: ",
        True,
        2048,
    )
    assert [item for item in told if "check" in item] == ["checking", "checking again"]
    assert installed.note == ""
    assert not list(pack.model.parent.parent.glob(".incoming-*"))


def test_a_package_that_is_missing_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "torch" else name)
    with pytest.raises(ModelFault, match="torch must be installed"):
        source_of(str(folder), CancelToken())


def test_where_the_export_fails_it_runs_as_it_came(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(str(folder), CancelToken())
    monkeypatch.setattr(exporting, "_CHILD", "exports_nothing")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    installed = Store(tmp_path / "models").bring_in(source, ProgressSlot(), CancelToken())
    assert "runs as it came" in installed.note
    assert "wrong vectors" in installed.note
    pack = pack_in(installed)
    with closing(embedder_of(pack, 1)) as embedder:
        assert isinstance(embedder, TransformersEmbedder)
        assert embedder.embed_queries(["rent"]).shape == (1, 128)


def test_what_the_child_made_is_looked_into_like_any_other_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, store = source_of(str(folder), CancelToken()), Store(tmp_path / "models")
    monkeypatch.setattr(exporting, "_CHILD", "exports_nonsense")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    with pytest.raises(ModelFault):
        store.bring_in(source, ProgressSlot(), CancelToken())
    assert store.ids() == []


def test_stopped_it_leaves_nothing_that_was_made(folder: Path, tmp_path: Path) -> None:
    store, cancel, progress = Store(tmp_path / "models"), CancelToken(), ProgressSlot()

    def stop() -> None:
        while progress.latest().item != "translating":
            sleep(0.01)
        cancel.cancel()

    stopper = Thread(target=stop)
    stopper.start()
    with pytest.raises(Cancelled):
        store.bring_in(source_of(str(folder), CancelToken()), progress, cancel)
    stopper.join()
    assert store.ids() == []
    assert not list((tmp_path / "models").rglob("export"))
    assert not list((tmp_path / "models").rglob("*.onnx"))


@pytest.fixture
def resaved(folder: Path, tmp_path: Path) -> Path:
    """The folder as transformers writes it now: the word pieces are in the file of the tokenizer alone."""
    from transformers import AutoTokenizer

    copy = Path(shutil.copytree(folder, tmp_path / "Resaved"))
    AutoTokenizer.from_pretrained(folder).save_pretrained(copy)
    (copy / "vocab.txt").unlink()
    return copy


def test_word_pieces_in_the_file_of_the_tokenizer_alone(
    resaved: Path, stored: tuple[Installed, list[str]], tmp_path: Path
) -> None:
    source = source_of(str(resaved), CancelToken())
    pack = pack_in(Store(tmp_path / "models").bring_in(source, ProgressSlot(), CancelToken()))
    texts, before = parity_texts(8), pack_in(stored[0])
    assert pack.vocabulary.read_text("utf-8").split() == before.vocabulary.read_text("utf-8").split()
    with closing(embedder_of(pack, 2)) as ours, closing(embedder_of(before, 2)) as same:
        assert cosines(ours.embed_documents(texts), same.embed_documents(texts)).min() >= 0.9999


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "Unigram"}, "architecture"),
        ({"vocab": {"[CLS]": 0, "[SEP]": 1}}, "missing"),
        ({"vocab": {"[CLS]": 0, "[SEP]": 2}}, "missing"),
        ({"vocab": {"[CLS]": 0, "[SEP]": "one"}}, "missing"),
        ({"vocab": {"[CLS]": 0, "[SEP]": 1, "a\nb": 2}}, "missing"),
        ({"vocab": ["[CLS]", "[SEP]"]}, "missing"),
    ],
)
def test_a_tokenizer_that_tells_no_word_pieces(
    change: dict[str, object], reason: str, resaved: Path, tmp_path: Path
) -> None:
    path = resaved / "tokenizer.json"
    fields = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(fields | {"model": fields["model"] | change}), "utf-8")
    store = Store(tmp_path / "models")
    with pytest.raises(ModelFault) as caught:
        store.bring_in(source_of(str(resaved), CancelToken()), ProgressSlot(), CancelToken())
    assert caught.value.reason == reason
    assert "Resaved" in caught.value.summary
    assert store.ids() == []


@pytest.mark.parametrize("change", [{"lowercase": False}, {"type": "NFC"}])
def test_a_model_that_tells_capitals_in_the_file_of_the_tokenizer_alone(
    change: dict[str, object], resaved: Path, tmp_path: Path
) -> None:
    path = resaved / "tokenizer.json"
    fields = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(fields | {"normalizer": fields["normalizer"] | change}), "utf-8")
    with pytest.raises(ModelFault, match="Resaved") as caught:
        Store(tmp_path / "models").bring_in(source_of(str(resaved), CancelToken()), ProgressSlot(), CancelToken())
    assert caught.value.reason == "architecture"


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("config.json", {"model_type": "t5"}, "architecture"),
        ("config.json", {"hidden_size": "wide"}, "manifest"),
        ("config.json", {"max_position_embeddings": None}, "missing"),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False, "pooling_mode_max_tokens": True}, "architecture"),
        ("tokenizer_config.json", {"do_lower_case": False}, "architecture"),
    ],
)
def test_folders_that_are_used_in_another_way(
    name: str, change: dict[str, object], reason: str, folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    path = copy / name
    fields = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(fields | change))
    with pytest.raises(ModelFault) as caught:
        source_of(str(copy), CancelToken())
    assert caught.value.reason == reason
