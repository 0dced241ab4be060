"""Which chunks are near to a question in meaning."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

NEAREST = 60
"""Chunks asked of the vector index."""


class Space(Protocol):
    """The vectors of one embedder, all of length 1. Any thread may use it."""

    @property
    def key(self) -> str:
        """Differs from that of every other embedder and recipe."""

    def of_question(self, question: str, /) -> Vector:
        """Return the vector of a question."""

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors (n, dimensions) of texts that are not questions."""

    def of_chunks(self, ids: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of those chunks that have one."""

    def nearest(self, vector: Vector, limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the nearest chunks."""


def similarities(space: Space, question: str, others: Iterable[int]) -> dict[int, float]:
    """Return the cosine similarity of the chunks nearest to a question, and of those of ``others`` with a vector."""
    vector = space.of_question(question)
    found = dict(space.nearest(vector, NEAREST))
    stored = space.of_chunks([key for key in others if key not in found])
    return found | {key: float(other @ vector) for key, other in stored.items()}
