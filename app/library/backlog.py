"""The chunks that wait for their vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Cancelled, EnvironmentFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.contents import Contents
from app.library.indexing import Indexing
from app.library.vector_places import Index
from app.library.vectors import IndexDamaged

Vector = NDArray[np.float32]

ROUND = 512
"""Texts taken at a time, enough to sort them by length."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a round did. No ``chunks`` = none waited. ``documents`` are wholly in the index since."""

    chunks: int
    documents: int
    tokens: int


class Backlog:
    """Embeds what waits, a round at a time."""

    def __init__(self, indexing: Indexing, contents: Contents) -> None:
        self._indexing = indexing
        self._contents = contents
        self._embedded = 0

    def embed(self, progress: ProgressSlot, cancel: CancelToken) -> Embedded:
        """Put the next chunks that wait into the index, which is mended first where it must be.

        Raises:
            Cancelled: stop was asked for; what was embedded so far is kept.
            EnvironmentFault: the disk or the model is in the way.
        """
        before = self._indexing.documents()
        self._indexing.check(progress, cancel)
        try:
            chunks, tokens = self._round(progress, cancel)
        except IndexDamaged:
            self._indexing.rebuild(progress, cancel)
            chunks, tokens = self._round(progress, cancel)
        return Embedded(chunks, self._indexing.documents() - before, tokens)

    def _round(self, progress: ProgressSlot, cancel: CancelToken) -> tuple[int, int]:
        """Do so once; return (chunks, tokens)."""
        waiting = self._indexing.waiting(ROUND)
        if not waiting:
            if self._embedded:
                # Measured before the first question, which would wait for it.
                _ = self._indexing.space.scale
            self._embedded = 0
            return 0, 0
        self._indexing.begin()
        having: dict[str, list[int]] = {}
        for key, text in waiting.items():
            having.setdefault(text, []).append(key)
        writing = _Writing(self._indexing.index, self._indexing.mark)
        try:
            known = self._indexing.space.embedder.cache.known(list(having))
            writing.add({key: vector for text, vector in known.items() for key in having.pop(text)})
            tokens = self._embed(having, writing, progress, cancel)
        except Cancelled:
            self._embedded = 0
            raise
        except EnvironmentFault:
            # What was added and could not be marked must not be added again.
            self._indexing.distrust()
            raise
        finally:
            writing.finish()
            self._indexing.settle()
        return len(waiting), tokens

    def _embed(
        self, having: dict[str, list[int]], writing: "_Writing", progress: ProgressSlot, cancel: CancelToken
    ) -> int:
        """Embed texts (SHA-256 → the chunks that have it), and keep and write their vectors; return the tokens."""
        texts = self._contents.embedded_texts({ids[0]: text for text, ids in having.items()})
        total, tokens = self._embedded + self._indexing.backlog(), 0

        def tell(hashes: Sequence[str], read: int) -> None:
            nonlocal tokens
            tokens += read
            self._embedded += sum(len(having[text]) for text in hashes)
            progress.report("Learning the meaning", self._embedded, total, "passages")

        for vectors in self._indexing.space.embedder.embed(texts, cancel, tell):
            writing.add({key: vector for text, vector in vectors.items() for key in having[text]})
        return tokens


class _Writing:
    """Adds vectors to the index while the next are computed, and has them marked once they are there."""

    def __init__(self, index: Index, mark: Callable[[Sequence[int]], None]) -> None:
        self._index = index
        self._mark = mark
        self._finish: Callable[[], None] | None = None
        self._ids: list[int] = []

    def add(self, vectors: dict[int, Vector]) -> None:
        """Begin to add vectors by chunk id, when those before are added and marked.

        Raises:
            IndexDamaged: those before could not be added.
        """
        self.finish()
        if vectors:
            self._ids = list(vectors)
            self._finish = self._index.begin_add(self._ids, np.stack(list(vectors.values())))

    def finish(self) -> None:
        """Wait until everything is added and marked.

        Raises:
            IndexDamaged: it could not be added.
        """
        finish, self._finish = self._finish, None
        if finish:
            finish()
            self._mark(self._ids)
