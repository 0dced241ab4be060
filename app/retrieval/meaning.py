"""What a question means, and which chunks are near to it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

NEAREST = 60
"""Chunks asked of the vector index."""

_REMEMBERED = 64


class QueryEmbedder(Protocol):
    """Turns questions into vectors."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors (n, dimensions) of ``texts``, of length 1."""


class VectorSource(Protocol):
    """Holds the vectors of chunks."""

    def find_vectors(self, vector: Vector, limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the nearest chunks."""

    def vectors(self, ids: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of those chunks that have one, of length 1."""


class Meaning:
    """Similarities of chunks to a question. Any thread may use it."""

    def __init__(self, source: VectorSource, embedder: QueryEmbedder) -> None:
        self._source = source
        # The answer asks for the vector of the question that the search has just used.
        self.of = lru_cache(_REMEMBERED)(lambda question: embedder.embed_queries([question])[0])

    def similarities(self, question: str, others: Iterable[int]) -> dict[int, float]:
        """Return the cosine similarity of the nearest chunks, and of those of ``others`` that have a vector."""
        vector = self.of(question)
        found = dict(self._source.find_vectors(vector, NEAREST))
        stored = self._source.vectors([key for key in others if key not in found])
        return found | {key: float(other @ vector) for key, other in stored.items()}
