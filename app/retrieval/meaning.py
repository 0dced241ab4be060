"""How near chunks are to a question in meaning: as a whole, and word by word."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.documents import StoredChunk
from app.library.contents import parts_embedded
from app.library.scopes import Selection
from app.library.space import KEPT
from app.models.word_vectors import QuestionVectors, cosines, words_of

Vector = NDArray[np.float32]

NEAREST = 60
"""Chunks asked of the vector index."""

# Within a scope: times what would do if the nearest were spread evenly over the library; and again if they were not.
_SPARE, _MORE = 1.5, 4

SMALL_WORD = 0.75
"""Weight of a word that says little, such as "who": there, a date or a name may meet it. Others weigh up to 10."""

# Chunks that are imagined besides: in a library of four, a word is not common because two have it.
_ELSEWHERE = 1_000


class Space(Protocol):
    """The vectors of one embedder, all of length 1. Any thread may use it."""

    def of_question(self, question: str, /) -> QuestionVectors:
        """Return the vectors of a question."""

    def of_chunks(self, ids: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of those chunks that have one."""

    def gathered(self, within: Selection) -> tuple[list[int], Vector]:
        """Return the ids of those chunks that have a vector, and their vectors, of shape (chunks, dimensions)."""

    def signs_of_chunks(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Return the signs of the words of those chunks that have them, see `app.models.word_vectors`."""

    def nearest(self, vector: Vector, limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the nearest chunks."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """How well the words of a question are met, word by word: the mean of their best cosines, the rarer counting more.

    Attributes:
        whole: by the words of a chunk.
        sentences: by those of each of its sentences alone; 0 for one that the embedder did not read.
    """

    whole: float
    sentences: tuple[float, ...]


def similarities(
    space: Space, vector: Vector, others: Iterable[int], within: Selection | None, chunks: int
) -> dict[int, float]:
    """Return the cosine similarity of the chunks nearest to a question, and of those of ``others`` with a vector.

    Args:
        space: of whose vectors the question's is.
        vector: the question's.
        others: chunks in scope.
        within: the chunks in scope; None = all are.
        chunks: how many there are in the library.
    """
    found = dict(space.nearest(vector, NEAREST) if within is None else _nearest_within(space, vector, within, chunks))
    stored = space.of_chunks([key for key in others if key not in found])
    return found | {key: float(other @ vector) for key, other in stored.items()}


def _nearest_within(space: Space, vector: Vector, within: Selection, chunks: int) -> list[tuple[int, float]]:
    """Return (chunk id, cosine similarity) of the nearest chunks in scope, best first.

    Where their vectors are kept at hand, all are compared; else the index is asked for so many that enough of them will
    be in scope. It has filters of its own, but they are slow.
    """
    asked = int(_SPARE * NEAREST * chunks / len(within))
    while len(within) > KEPT and asked < len(within):
        found = space.nearest(vector, asked)
        inside = [(key, similarity) for key, similarity in found if key in within]
        if len(inside) >= NEAREST or len(found) < asked:
            return inside[:NEAREST]
        asked *= _MORE
    keys, vectors = space.gathered(within)
    if not keys:
        return []
    cosines = vectors @ vector
    best = np.argsort(-cosines, kind="stable")[:NEAREST]
    return [(keys[place], float(cosines[place])) for place in best]


def interactions(
    space: Space, question: QuestionVectors, chunks: Sequence[StoredChunk], weight: Callable[[str], float]
) -> dict[int, Interaction]:
    """Compare a question with chunks word by word.

    Args:
        space: of whose vectors the question's are.
        question: its vectors.
        chunks: those without signs are left out.
        weight: of a word of the question.
    """
    signs = space.signs_of_chunks([chunk.chunk_id for chunk in chunks]) if question.words else {}
    if question.word_vectors is None or not signs:
        return {}
    weights = np.array([weight(word) for word in question.words], dtype=np.float32)
    # Cosines grow with the vectors: weighted beforehand, they are only to be added up.
    weighted = question.word_vectors * (weights / max(float(weights.sum()), 1e-6))[:, np.newaxis]
    length = question.word_vectors.shape[1] // 8
    kept = [chunk for chunk in chunks if chunk.chunk_id in signs]
    met = cosines(weighted, b"".join(signs[chunk.chunk_id] for chunk in kept))
    found, start = {}, 0
    for chunk in kept:
        end = start + len(signs[chunk.chunk_id]) // length
        found[chunk.chunk_id] = _interaction(met[:, start:end], chunk)
        start = end
    return found


def _interaction(met: NDArray[np.float32], chunk: StoredChunk) -> Interaction:
    """Sum up the best of a chunk's words for each of the question's; ``met`` is weighted, of shape (words, words)."""
    ends = list(accumulate(len(words_of(part)) for part in parts_embedded(chunk.chunk)))
    return Interaction(_best(met), tuple(_best(met[:, start:end]) for start, end in pairwise(ends)))


def _best(met: NDArray[np.float32]) -> float:
    return float(met.max(axis=1).sum()) if met.shape[1] else 0.0


def rarity(having: int, chunks: int) -> float:
    """Return how much a word tells that ``having`` of so many chunks have (Robertson and Spärck Jones 1976)."""
    return log(1 + (max(_ELSEWHERE + chunks - having, 0) + 0.5) / (having + 0.5))
