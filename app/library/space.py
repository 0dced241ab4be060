"""The vectors of one embedder, which can be compared with one another and with no others."""

import json
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.library.cached_embedder import CachedEmbedder
from app.library.ledger import Ledger
from app.library.scale import Scale
from app.library.scopes import Selection
from app.library.vector_places import Index
from app.library.vectors import IndexDamaged
from app.models.word_vectors import QuestionVectors

Vector = NDArray[np.float32]

# Questions whose vector is kept: the answer asks for the one that the search has just used.
_REMEMBERED = 64

KEPT = 8_000
"""Chunks whose vectors are kept in memory while questions are asked of the same scope: 12 MB with the starter model."""


class Space:
    """The vectors of the chunks, and of any text. Any thread may use it; it stays as it is while others take over.

    Attributes:
        embedder: makes the vectors.
        index: holds those of the chunks.
        of_question: a function that returns the vectors of a question.
    """

    def __init__(self, embedder: CachedEmbedder, index: Index, ledger: Ledger) -> None:
        self.embedder = embedder
        self.index = index
        self._ledger = ledger
        self.of_question = lru_cache(_REMEMBERED)(self._of_question)
        self._kept = lru_cache(1)(lambda within, _revision: self._gather(within))

    @property
    def key(self) -> str:
        """Differs from that of every other embedder and recipe."""
        return self.embedder.key

    @property
    def scale(self) -> Scale:
        """Where its similarities lie.

        Raises:
            EnvironmentFault: it was not measured yet, and the embedder cannot be used.
        """
        return self.embedder.scale

    def _of_question(self, question: str) -> QuestionVectors:
        return self.embedder.model.embed_question(question)

    def of_chunks(self, ids: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of those chunks that have one."""
        return self.embedder.cache.of_chunks(ids)

    def gathered(self, within: Selection) -> tuple[list[int], NDArray[np.float32]]:
        """Return the ids of those chunks that have a vector, and their vectors, of shape (chunks, dimensions).

        Those of up to `KEPT` chunks stay in memory until the library changes or others are asked for.
        """
        if len(within) > KEPT:
            return self._gather(within)
        return self._kept(within, self._ledger.revision)

    def _gather(self, within: Selection) -> tuple[list[int], NDArray[np.float32]]:
        found = self.of_chunks(within.ids())
        return list(found), np.stack(list(found.values())) if found else np.empty((0, 0), dtype=np.float32)

    def signs_of_chunks(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Return the signs of the words of those chunks that have them, see `app.models.word_vectors`."""
        hashes = hashes_of(self._ledger, ids)
        known = self.embedder.cache.signs(list(hashes.values()))
        return {key: known[text] for key, text in hashes.items() if text in known}

    def nearest(self, vector: Vector, limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the nearest chunks; none while the index cannot be used."""
        try:
            return self.index.nearest(vector, limit)
        except (IndexDamaged, EnvironmentFault):
            return []


def hashes_of(ledger: Ledger, ids: Sequence[int]) -> dict[int, str]:
    """Return the SHA-256 of the text that is embedded for each chunk."""
    among = "SELECT id, text_sha256 FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
    return dict(ledger.rows(among, (json.dumps(list(ids)),)))
