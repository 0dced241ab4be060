"""Keeps the vector index equal to what the ledger says it should hold."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.embeddings import EmbeddingCache, drop_unused
from app.library.ledger import Ledger
from app.library.vector_places import Index, Place
from app.library.vectors import IndexDamaged

Vector = NDArray[np.float32]

# Chunks copied at a time.
_ROUND = 512
_SAMPLED = 16
# Rounding in the index; a vector of another text is far below.
_SAME = 0.999
_DIRTY, _GENERATION, _RECIPE = "vectors_dirty", "vectors_generation", "vectors_recipe"


class IndexedModel(Protocol):
    """The model whose vectors the index holds."""

    @property
    def name(self) -> str:
        """What people call the model."""

    @property
    def model_hash(self) -> str:
        """SHA-256 of the model file, hexadecimal."""

    @property
    def recipe(self) -> Recipe:
        """What is done around the model."""


class Indexing:
    """Knows what is in the vector index, and checks, repairs and rebuilds it."""

    def __init__(self, ledger: Ledger, place: Place, model: IndexedModel) -> None:
        self._ledger = ledger
        self._place = place
        self._model = model
        self._cache: EmbeddingCache | None = None
        self._index: Index | None = None
        self._checked = False

    @property
    def index(self) -> Index:
        """The vector index of the embedder's recipe, in its present generation."""
        if self._index is None:
            self._index = self._index_in(self._ledger.setting(_GENERATION) or "1")
        return self._index

    @property
    def cache(self) -> EmbeddingCache:
        """The cached vectors of the embedder's recipe."""
        if self._cache is None:
            self._cache = EmbeddingCache(self._ledger, self._model.model_hash, self._model.recipe.key)
        return self._cache

    def vectors(self) -> int:
        """Return how many vectors the index holds."""
        if self._index is None and not self._expected() and not self._ledger.setting(_DIRTY):
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
        return self._hashes(self._ids("SELECT id FROM chunks WHERE NOT in_index ORDER BY id LIMIT ?", most))

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
            if self._ledger.setting(_RECIPE) not in ("", self._made_for):
                raise IndexDamaged("The search index was made with another model, or elsewhere.")
            if self._ledger.setting(_DIRTY) or self.vectors() != self._expected():
                self._repair()
            self._forget_removed()
            if not self._sample_found():
                raise IndexDamaged(f"The search index in {self.index.place} does not find what it holds.")
        except IndexDamaged:
            self.rebuild(progress, cancel)
        self._checked = True

    def rebuild(self, progress: ProgressSlot, cancel: CancelToken) -> int:
        """Make the index again from the cache, then drop the old one; return how many vectors it has.

        Chunks whose vector is not cached go back to waiting.
        """
        generation = str(int(self._ledger.setting(_GENERATION) or "1") + 1)
        # What a rebuild that was cut short left behind.
        self._index_in(generation).destroy()
        fresh = self._index_in(generation)
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
                [(_GENERATION, generation), (_RECIPE, self._made_for), (_DIRTY, "yes")],
            )
            connection.execute("UPDATE chunks SET in_index = 0")
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in kept])
            connection.execute("DELETE FROM removed_chunks")
        self._index = fresh
        self.settle()
        old.destroy()
        self._place.keep_only(generation)
        self._checked = True
        return len(kept)

    def cached(self, ids: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of those chunks that have one."""
        hashes = self._hashes(ids)
        known = self.cache.known(list(hashes.values()))
        return {key: known[text] for key, text in hashes.items() if text in known}

    def drop_unused(self) -> None:
        """Forget the cached vectors of texts that are gone."""
        drop_unused(self._ledger)

    def close(self) -> None:
        """Close the index, and note that it was closed in order; where it was not, it is mended when next opened."""
        if self._index is not None:
            try:
                self._index.close()
            except IndexDamaged:
                return
            if self._ledger.setting(_DIRTY):
                self._ledger.set_setting(_DIRTY, "")

    @property
    def _name(self) -> str:
        return f"lectern-{self._model.model_hash[:16]}-{self._model.recipe.key}"

    @property
    def _made_for(self) -> str:
        return f"{self._name} {self._place.key}".strip()

    def _index_in(self, generation: str) -> Index:
        return self._place.index(generation, self._name)

    def _expected(self) -> int:
        return self._ledger.count("SELECT count(*) FROM chunks WHERE in_index")

    def _ids(self, sql: str, *values: int) -> list[int]:
        return [key for (key,) in self._ledger.rows(sql, values)]

    def _hashes(self, ids: Sequence[int]) -> dict[int, str]:
        among = "SELECT id, text_sha256 FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._ledger.rows(among, (json.dumps(list(ids)),)))

    def _copy_cached(self, ids: Sequence[int], target: Index) -> list[int]:
        hashes = self._hashes(ids)
        known = self.cache.known(list(hashes.values()))
        cached = [key for key in ids if hashes[key] in known]
        if cached:
            target.add(cached, np.stack([known[hashes[key]] for key in cached]))
        return cached

    def _mark_dirty(self) -> None:
        if not self._ledger.setting(_DIRTY):
            self._ledger.set_setting(_RECIPE, self._made_for)
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
        hashes = self._hashes(random.sample(ids, min(_SAMPLED, len(ids))))
        for vector in self.cache.known(list(hashes.values())).values():
            found = self.index.nearest(vector, 1)
            yield found[0][1] if found else 0.0


def discard(ledger: Ledger, folder: Path) -> None:
    """Throw away the index in ``folder``, and what it was made from, without knowing its model."""
    drop_unused(ledger)
    rmtree(folder, ignore_errors=True)
    with ledger.transaction() as connection:
        connection.execute("UPDATE chunks SET in_index = 0")
        connection.execute("UPDATE documents SET state = 'parsed'")
        connection.execute("DELETE FROM removed_chunks")
