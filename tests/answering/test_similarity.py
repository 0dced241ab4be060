from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from app.answering.similarity import REMEMBERED, Similarity
from app.models.runtimes.onnx import OnnxEmbedder


@dataclass
class _Counting:
    embedder: OnnxEmbedder
    key: str = "one"
    sent: list[str] = field(default_factory=list)

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.sent += texts
        return self.embedder.embed_documents(texts)


def test_a_sentence_is_embedded_once(embedder: OnnxEmbedder) -> None:
    counting = _Counting(embedder)
    similarity = Similarity()
    vector = embedder.embed_queries(["Who keeps bees?"])[0]
    texts = ["The pastor keeps bees.", "The ferry is late.", "The pastor keeps bees."]
    first = similarity.to(vector, texts, counting)
    assert first[0] == first[2] > first[1]
    assert similarity.to(vector, texts[:2], counting) == first[:2]
    assert counting.sent == texts[:2]
    assert similarity.to(vector, [], counting) == []


class _Constant:
    def __init__(self, key: str, dimensions: int) -> None:
        self.key = key
        self._dimensions = dimensions

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), self._dimensions), 1.0, dtype=np.float32)


def test_what_one_embedder_made_is_not_given_for_anothers() -> None:
    similarity = Similarity()
    for dimensions in (2, 3, 2):
        vector = np.ones(dimensions, dtype=np.float32)
        assert similarity.to(vector, ["The ferry is late."], _Constant(str(dimensions), dimensions)) == [dimensions]


def test_the_memory_has_an_end() -> None:
    similarity = Similarity()
    one = np.ones(1, dtype=np.float32)
    for number in range(3):
        similarity.to(one, [f"{number} {place}" for place in range(REMEMBERED)], _Constant("one", 1))
    assert len(similarity._known) == REMEMBERED
    assert similarity.to(one, ["2 0"], _Constant("one", 1)) == pytest.approx([1.0])
