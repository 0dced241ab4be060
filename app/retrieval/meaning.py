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
from app.library.scale import Scale
from app.library.scopes import Selection
from app.library.space import KEPT
from app.models.word_vectors import Part, QuestionVectors, cosines, words_of

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

    @property
    def scale(self) -> Scale:
        """Where its similarities lie."""

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

    On the scale of the starter embedder, see `app.library.scale`.

    Attributes:
        whole: by the words of a chunk.
        sentences: by those of each of its sentences alone; 0 for one that the embedder did not read.
        pairs: by those of each sentence and the one before it: a sentence need not say again what it is about.
    """

    whole: float
    sentences: tuple[float, ...]
    pairs: tuple[float, ...]


def similarities(
    space: Space, vector: Vector, others: Iterable[int], within: Selection | None, chunks: int
) -> dict[int, float]:
    """Return how similar the chunks nearest to a question are, and those of ``others`` with a vector: `Scale.of_texts`.

    Args:
        space: of whose vectors the question's is.
        vector: the question's.
        others: chunks in scope.
        within: the chunks in scope; None = all are.
        chunks: how many there are in the library.
    """
    found = dict(space.nearest(vector, NEAREST) if within is None else _nearest_within(space, vector, within, chunks))
    stored = space.of_chunks([key for key in others if key not in found])
    found |= {key: float(other @ vector) for key, other in stored.items()}
    return {key: space.scale.of_texts(cosine) for key, cosine in found.items()}


def similarities_to(space: Space, chunk: int, others: Iterable[int]) -> dict[int, float]:
    """Return how similar other chunks are to one: `Scale.of_texts`; none where that one has no vector."""
    stored = space.of_chunks([chunk, *others])
    if chunk not in stored:
        return {}
    return {key: space.scale.of_texts(float(other @ stored[chunk])) for key, other in stored.items()}


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
    ends = accumulate((len(signs[chunk.chunk_id]) // length for chunk in kept), initial=0)
    parts = [_parts(chunk, first, last) for chunk, (first, last) in zip(kept, pairwise(ends), strict=True)]
    best = _best(met, [part for places in parts for part in places])
    scaled = space.scale.of_words
    sums, pairs = scaled(best.sum(axis=1)).tolist(), scaled(np.maximum(best[1:], best[:-1]).sum(axis=1)).tolist()
    found, at = {}, 0
    for chunk, places in zip(kept, parts, strict=True):
        # The first part is what stands above the chunk, and no sentence of it.
        after = at + len(places)
        whole = scaled(_best(met, [(places[0][0], places[-1][1])]).sum(axis=1))[0]
        sentences = tuple(sums[at + 1 : after])
        found[chunk.chunk_id] = Interaction(float(whole), sentences, (*sentences[:1], *pairs[at + 1 : after - 1]))
        at = after
    return found


def _parts(chunk: StoredChunk, first: int, last: int) -> list[Part]:
    """Return the words of what stands above a chunk, and of each of its sentences, among those from ``first`` on.

    There are none of what the embedder did not read: it read as far as ``last``.
    """
    counts = [len(words_of(part)) for part in parts_embedded(chunk.chunk)]
    return list(pairwise(min(place, last) for place in accumulate(counts, initial=first)))


def _best(met: NDArray[np.float32], parts: Sequence[Part]) -> NDArray[np.float32]:
    """Return the best of each part for each of the question's words: (words, words) to (parts, words); 0 of none."""
    found = np.zeros((len(parts), met.shape[0]), dtype=np.float32)
    for place, (start, end) in enumerate(parts):
        if start < end:
            found[place] = met[:, start:end].max(axis=1)
    return found


def rarity(having: int, chunks: int) -> float:
    """Return how much a word tells that ``having`` of so many chunks have (Robertson and Spärck Jones 1976)."""
    return log(1 + (max(_ELSEWHERE + chunks - having, 0) + 0.5) / (having + 0.5))
