"""Keeps the vector index equal to what the ledger says it should hold."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree

import numpy as np

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.cached_embedder import CachedEmbedder, LibraryEmbedder, key_of
from app.library.embeddings import drop_unused
from app.library.ledger import Ledger
from app.library.space import Space, hashes_of
from app.library.vector_places import Index, Place
from app.library.vectors import IndexDamaged

# Chunks copied at a time.
_ROUND = 512
_SAMPLED = 16
# Rounding in the index; a vector of another text is far below.
_SAME = 0.999
_DIRTY, _GENERATION, _RECIPE, _EMBEDDER = "vectors_dirty", "vectors_generation", "vectors_recipe", "vectors_embedder"


class Indexing:
    """Knows what is in the vector index, and checks, repairs and rebuilds it.

    Attributes:
        space: the vectors in use now.
    """

    def __init__(self, ledger: Ledger, place: Place, embedder: LibraryEmbedder) -> None:
        self._ledger = ledger
        self._place = place
        self.space = self._space(CachedEmbedder(embedder, ledger), ledger.setting(_GENERATION) or "1")
        self._checked = False

    @property
    def index(self) -> Index:
        """The vector index, in its present generation."""
        return self.space.index

    def vectors(self) -> int:
        """Return how many vectors the index holds."""
        if not self._expected() and not self._ledger.setting(_DIRTY):
            return 0  # Opening Chroma takes most of a second, for nothing.
        return self.index.count()

    def documents(self) -> int:
        """Return how many documents are wholly in the index."""
        return self._ledger.count("SELECT count(*) FROM documents WHERE state = 'indexed'")

    def backlog(self) -> int:
        """Return how many chunks are not in the index yet."""
        return self._ledger.count("SELECT count(*) FROM chunks WHERE NOT in_index")

    def waiting(self, most: int) -> dict[int, str]:
        """Return the next chunks that are not in the index yet: id → SHA-256 of the text that is embedded."""
        return hashes_of(self._ledger, self._ids("SELECT id FROM chunks WHERE NOT in_index ORDER BY id LIMIT ?", most))

    def begin(self) -> None:
        """Get ready to add vectors."""
        self.index.start()
        self._forget_removed()
        self._mark_dirty()

    def mark(self, ids: Sequence[int]) -> None:
        """Note that chunks are in the index; `settle` when all are marked."""
        with self._ledger.transaction() as connection:
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in ids])
            # A document may have been removed while its chunks were being embedded.
            connection.executemany(
                "INSERT INTO removed_chunks SELECT ? WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE id = ?)",
                [(key, key) for key in ids],
            )

    def settle(self) -> None:
        """Bring the states of documents up to date: one is indexed when, and only when, every chunk of it is."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "UPDATE documents SET state = 'indexed' WHERE state = 'parsed' AND id NOT IN"
                " (SELECT document_id FROM chunks WHERE NOT in_index)"
            )
            connection.execute(
                "UPDATE documents SET state = 'parsed' WHERE state = 'indexed' AND id IN"
                " (SELECT document_id FROM chunks WHERE NOT in_index)"
            )

    def distrust(self) -> None:
        """Have the index checked again before it is added to."""
        self._checked = False

    def check(self, progress: ProgressSlot, cancel: CancelToken) -> None:
        """Make sure, once after the library is opened, that the index holds what the ledger says; mend it if not.

        Raises:
            Cancelled: stop was asked for; the next call goes on.
        """
        if self._checked:
            return
        try:
            if self._ledger.setting(_RECIPE) not in ("", self._made_for(self.space)):
                raise IndexDamaged("The search index was made with another model, or elsewhere.")
            if self._ledger.setting(_DIRTY) or self.vectors() != self._expected():
                self._repair()
            self._forget_removed()
            if not self._sample_found():
                raise IndexDamaged(f"The search index in {self.index.place} does not find what it holds.")
        except IndexDamaged:
            self.rebuild(progress, cancel)
        self._checked = True

    def rebuild(self, progress: ProgressSlot, cancel: CancelToken, successor: CachedEmbedder | None = None) -> int:
        """Make the index again from the cache, then drop the old one; return how many vectors it has.

        Chunks whose vector is not cached go back to waiting.

        Args:
            progress: is told how far it is.
            cancel: ends it; the old index stays.
            successor: the embedder that takes over; None = the one in use stays.
        """
        generation = str(int(self._ledger.setting(_GENERATION) or "1") + 1)
        # What a rebuild that was cut short left behind.
        self._space(self.space.embedder, generation).index.destroy()
        fresh = self._space(successor or self.space.embedder, generation)
        ids = self._ids("SELECT id FROM chunks ORDER BY id")
        kept: list[int] = []
        for place in range(0, len(ids), _ROUND):
            cancel.check()
            kept += self._copy_cached(ids[place : place + _ROUND], fresh)
            progress.report("Rebuilding the search index", len(kept), len(ids), "chunks")
        old = self.index
        with self._ledger.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)",
                [
                    (_GENERATION, generation),
                    (_RECIPE, self._made_for(fresh)),
                    (_EMBEDDER, fresh.embedder.model.name),
                    (_DIRTY, "yes"),
                ],
            )
            connection.execute("UPDATE chunks SET in_index = 0")
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in kept])
            connection.execute("DELETE FROM removed_chunks")
        self.space = fresh
        self.settle()
        old.destroy()
        self._place.keep_only(generation)
        self._checked = True
        return len(kept)

    def drop_unused(self) -> None:
        """Forget the cached vectors of texts that are gone."""
        drop_unused(self._ledger)

    def close(self) -> None:
        """Close the index, and note that it is in order; where that is not known, it is checked when next opened."""
        try:
            self.space.index.close()
        except IndexDamaged:
            return
        if self._checked and self._ledger.setting(_DIRTY):
            self._ledger.set_setting(_DIRTY, "")

    def _made_for(self, space: Space) -> str:
        return f"{space.key} {self._place.key}".strip()

    def _space(self, embedder: CachedEmbedder, generation: str) -> Space:
        return Space(embedder, self._place.index(generation, embedder.key), self._ledger)

    def _expected(self) -> int:
        return self._ledger.count("SELECT count(*) FROM chunks WHERE in_index")

    def _ids(self, sql: str, *values: int) -> list[int]:
        return [key for (key,) in self._ledger.rows(sql, values)]

    def _copy_cached(self, ids: Sequence[int], target: Space) -> list[int]:
        cached = target.of_chunks(ids)
        if cached:
            target.index.add(list(cached), np.stack(list(cached.values())))
        return list(cached)

    def _mark_dirty(self) -> None:
        if not self._ledger.setting(_DIRTY):
            self._ledger.set_setting(_RECIPE, self._made_for(self.space))
            self._ledger.set_setting(_EMBEDDER, self.space.embedder.model.name)
            self._ledger.set_setting(_DIRTY, "yes")

    def _forget_removed(self) -> None:
        removed = self._ids("SELECT chunk_id FROM removed_chunks")
        if not removed:
            return
        self._mark_dirty()
        self.index.delete(removed)
        with self._ledger.transaction() as connection:
            connection.executemany("DELETE FROM removed_chunks WHERE chunk_id = ?", [(key,) for key in removed])

    def _repair(self) -> None:
        """Bring index and ledger together after a kill, which leaves vectors in the index that the ledger knows not.

        Raises:
            IndexDamaged: vectors are lost.
        """
        held = self.index.ids()
        chunks = set(self._ids("SELECT id FROM chunks"))
        if lost := set(self._ids("SELECT id FROM chunks WHERE in_index")) - held:
            raise IndexDamaged(f"The search index in {self.index.place} has lost {len(lost)} passages.")
        self._mark_dirty()
        if extra := sorted(held - chunks):
            self.index.delete(extra)
        with self._ledger.transaction() as connection:
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in held & chunks])
        self.settle()

    def _sample_found(self) -> bool:
        return all(similarity >= _SAME for similarity in self._sampled_similarities())

    def _sampled_similarities(self) -> Iterator[float]:
        """Look up some cached vectors in the index; yield the similarity of what comes first."""
        ids = self._ids("SELECT id FROM chunks WHERE in_index")
        for vector in self.space.of_chunks(random.sample(ids, min(_SAMPLED, len(ids)))).values():
            found = self.index.nearest(vector, 1)
            yield found[0][1] if found else 0.0


def embedder_in_use(ledger: Ledger, at_hand: Sequence[LibraryEmbedder]) -> LibraryEmbedder | None:
    """Return the embedder that the index was made with; for a new one, or where it is gone, the first of our own."""
    key = ledger.setting(_RECIPE).partition(" ")[0]
    own = next((model for model in at_hand if not model.served), None)
    return next((model for model in at_hand if key_of(model) == key), own)


def missing_embedder(ledger: Ledger, in_use: LibraryEmbedder | None) -> str:
    """Return the name of the embedder that the index was made with where another is in use now; else nothing."""
    key = ledger.setting(_RECIPE).partition(" ")[0]
    made_with = in_use is not None and key_of(in_use) == key
    return (ledger.setting(_EMBEDDER) or "The model of meaning") if key and not made_with else ""


def discard(ledger: Ledger, folder: Path) -> None:
    """Throw away the index in ``folder``, and what it was made from, without knowing its model."""
    drop_unused(ledger)
    rmtree(folder, ignore_errors=True)
    with ledger.transaction() as connection:
        connection.execute("UPDATE chunks SET in_index = 0")
        connection.execute("UPDATE documents SET state = 'parsed'")
        connection.execute("DELETE FROM removed_chunks")
