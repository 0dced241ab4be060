from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from app.answering.similarity import REMEMBERED, Similarity
from app.models.runtimes.onnx import OnnxEmbedder


class _Counting:
    def __init__(self, embedder: OnnxEmbedder) -> None:
        self._embedder = embedder
        self.sent: list[str] = []

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.sent += texts
        return self._embedder.embed_documents(texts)


def test_a_sentence_is_embedded_once(embedder: OnnxEmbedder) -> None:
    counting = _Counting(embedder)
    similarity = Similarity(counting)
    vector = embedder.embed_queries(["Who keeps bees?"])[0]
    texts = ["The pastor keeps bees.", "The ferry is late.", "The pastor keeps bees."]
    first = similarity.to(vector, texts)
    assert first[0] == first[2] > first[1]
    assert similarity.to(vector, texts[:2]) == first[:2]
    assert counting.sent == texts[:2]
    assert similarity.to(vector, []) == []


def test_the_memory_has_an_end() -> None:
    class Small:
        def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.full((len(texts), 1), 1.0, dtype=np.float32)

    similarity = Similarity(Small())
    one = np.ones(1, dtype=np.float32)
    for number in range(3):
        similarity.to(one, [f"{number} {place}" for place in range(REMEMBERED)])
    assert len(similarity._known) == REMEMBERED
    assert similarity.to(one, ["2 0"]) == pytest.approx([1.0])
