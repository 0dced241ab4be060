"""Keeps the vector index equal to what the ledger says it should hold."""

import json
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.contents import Contents, embedding_text
from app.library.embeddings import EmbeddingCache, drop_unused
from app.library.ledger import Ledger
from app.library.vector_process import VectorProcess
from app.library.vectors import IndexDamaged
from app.models.batches import EmbeddedBatch

Vector = NDArray[np.float32]

# Texts taken at a time, enough to sort them by length; and vectors written at a time.
_ROUND = 512
_WRITTEN = 64
_SAMPLED = 16
# Rounding in the index; a vector of another text is far below.
_SAME = 0.999
_DIRTY, _GENERATION, _RECIPE = "vectors_dirty", "vectors_generation", "vectors_recipe"


class DocumentEmbedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """What people call the model."""

    @property
    def model_hash(self) -> str:
        """SHA-256 of the model file, hexadecimal."""

    @property
    def recipe(self) -> Recipe:
        """What is done around the model."""

    def embed_batches(self, texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        """Yield the vectors of ``texts`` batch by batch, in any order. Closing the generator stops the work."""


class Indexing:
    """Embeds what waits, and checks, repairs and rebuilds the vector index."""

    def __init__(self, ledger: Ledger, contents: Contents, folder: Path, embedder: DocumentEmbedder) -> None:
        self._ledger = ledger
        self._contents = contents
        self._folder = folder
        self._embedder = embedder
        self._cache: EmbeddingCache | None = None
        self._index: VectorProcess | None = None
        self._checked = False
        self._embedded = 0

    @property
    def index(self) -> VectorProcess:
        """The vector index of the embedder's recipe, in its present folder."""
        if self._index is None:
            self._index = self._index_in(self._ledger.setting(_GENERATION) or "1")
        return self._index

    @property
    def cache(self) -> EmbeddingCache:
        """The cached vectors of the embedder's recipe."""
        if self._cache is None:
            self._cache = EmbeddingCache(self._ledger, self._embedder.model_hash, self._embedder.recipe.key)
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

    def embed_waiting(self, progress: ProgressSlot, cancel: CancelToken) -> tuple[int, int]:
        """Put the next chunks that wait into the index; return (chunks, tokens). (0, 0) = none waited.

        Raises:
            Cancelled: stop was asked for; what was embedded so far is in the cache.
        """
        ids = self._ids("SELECT id FROM chunks WHERE NOT in_index ORDER BY id LIMIT ?", _ROUND)
        if not ids:
            return 0, 0
        self.index.start()
        self._forget_removed()
        self._mark_dirty()
        having: dict[str, list[int]] = {}
        for key, text in self._hashes(ids).items():
            having.setdefault(text, []).append(key)
        writing = _Writing(self.index, self._mark_indexed)
        try:
            known = self.cache.known(list(having))
            writing.add({key: vector for text, vector in known.items() for key in having.pop(text)})
            tokens = self._embed(having, writing, progress, cancel)
        except EnvironmentFault:
            # What was added and could not be marked must not be added again.
            self._checked = False
            raise
        finally:
            writing.finish()
            self._settle_states()
        return len(ids), tokens

    def _embed(
        self, having: dict[str, list[int]], writing: "_Writing", progress: ProgressSlot, cancel: CancelToken
    ) -> int:
        """Embed texts (SHA-256 → the chunks that have it), and keep and write their vectors; return the tokens."""
        hashes, tokens = list(having), 0
        chunks = self._contents.chunks([having[text][0] for text in hashes])
        texts = [embedding_text(found.chunk.heading, found.chunk.text) for found in chunks]
        total = self._embedded + self.backlog()
        fresh: dict[str, Vector] = {}
        with closing(self._embedder.embed_batches(texts)) as batches:
            try:
                for batch in batches:
                    fresh |= zip((hashes[place] for place in batch.places), batch.vectors, strict=True)
                    tokens += batch.tokens
                    self._embedded += sum(len(having[hashes[place]]) for place in batch.places)
                    progress.report("Learning the meaning", self._embedded, total, "passages")
                    if len(fresh) >= _WRITTEN:
                        self.cache.keep(fresh)
                        writing.add({key: vector for text, vector in fresh.items() for key in having[text]})
                        fresh = {}
                    cancel.check()
            finally:
                self.cache.keep(fresh)
        writing.add({key: vector for text, vector in fresh.items() for key in having[text]})
        return tokens

    def check(self, progress: ProgressSlot, cancel: CancelToken) -> None:
        """Make sure, once after the library is opened, that the index holds what the ledger says; mend it if not.

        Raises:
            Cancelled: stop was asked for; the next call goes on.
        """
        if self._checked:
            return
        try:
            if self._ledger.setting(_RECIPE) not in ("", self._name):
                raise IndexDamaged("The search index was made with another model.")
            if self._ledger.setting(_DIRTY) or self.vectors() != self._expected():
                self._repair()
            self._forget_removed()
            if not self._sample_found():
                raise IndexDamaged(f"The search index in {self.index.folder} does not find what it holds.")
        except IndexDamaged:
            self.rebuild(progress, cancel)
        self._checked = True

    def rebuild(self, progress: ProgressSlot, cancel: CancelToken) -> int:
        """Make the index again from the cache, in a new folder, then drop the old one; return how many vectors it has.

        Chunks whose vector is not cached go back to waiting.
        """
        generation = str(int(self._ledger.setting(_GENERATION) or "1") + 1)
        # What a rebuild that was cut short left behind.
        rmtree(self._folder / generation, ignore_errors=True)
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
                [(_GENERATION, generation), (_RECIPE, self._name), (_DIRTY, "yes")],
            )
            connection.execute("UPDATE chunks SET in_index = 0")
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in kept])
            connection.execute("DELETE FROM removed_chunks")
        self._index = fresh
        self._settle_states()
        old.destroy()
        self._remove_all_but(generation)
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
        return f"lectern-{self._embedder.model_hash[:16]}-{self._embedder.recipe.key}"

    def _index_in(self, generation: str) -> VectorProcess:
        return VectorProcess(self._folder / generation, self._name)

    def _remove_all_but(self, generation: str) -> None:
        """Remove older indexes: they hold what was erased.

        Raises:
            EnvironmentFault: one cannot be removed.
        """
        for folder in self._folder.glob("*"):
            if folder.name != generation:
                try:
                    rmtree(folder)
                except OSError as error:
                    raise EnvironmentFault(
                        f"The old search index in {folder} cannot be removed: {error.strerror}.",
                        "Close what uses it, and do the same again.",
                    ) from error

    def _expected(self) -> int:
        return self._ledger.count("SELECT count(*) FROM chunks WHERE in_index")

    def _ids(self, sql: str, *values: int) -> list[int]:
        return [key for (key,) in self._ledger.rows(sql, values)]

    def _hashes(self, ids: Sequence[int]) -> dict[int, str]:
        among = "SELECT id, text_sha256 FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._ledger.rows(among, (json.dumps(list(ids)),)))

    def _copy_cached(self, ids: Sequence[int], target: VectorProcess) -> list[int]:
        hashes = self._hashes(ids)
        known = self.cache.known(list(hashes.values()))
        cached = [key for key in ids if hashes[key] in known]
        if cached:
            target.add(cached, np.stack([known[hashes[key]] for key in cached]))
        return cached

    def _mark_dirty(self) -> None:
        if not self._ledger.setting(_DIRTY):
            self._ledger.set_setting(_RECIPE, self._name)
            self._ledger.set_setting(_DIRTY, "yes")

    def _mark_indexed(self, ids: Sequence[int]) -> None:
        with self._ledger.transaction() as connection:
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in ids])
            # A document may have been removed while its chunks were being embedded.
            connection.executemany(
                "INSERT INTO removed_chunks SELECT ? WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE id = ?)",
                [(key, key) for key in ids],
            )

    def _settle_states(self) -> None:
        """A document is indexed when, and only when, every chunk of it is."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "UPDATE documents SET state = 'indexed' WHERE state = 'parsed' AND id NOT IN"
                " (SELECT document_id FROM chunks WHERE NOT in_index)"
            )
            connection.execute(
                "UPDATE documents SET state = 'parsed' WHERE state = 'indexed' AND id IN"
                " (SELECT document_id FROM chunks WHERE NOT in_index)"
            )

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
            raise IndexDamaged(f"The search index in {self.index.folder} has lost {len(lost)} passages.")
        self._mark_dirty()
        if extra := sorted(held - chunks):
            self.index.delete(extra)
        with self._ledger.transaction() as connection:
            connection.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(key,) for key in held & chunks])
        self._settle_states()

    def _sample_found(self) -> bool:
        return all(similarity >= _SAME for similarity in self._sampled_similarities())

    def _sampled_similarities(self) -> Iterator[float]:
        """Look up some cached vectors in the index; yield the similarity of what comes first."""
        ids = self._ids("SELECT id FROM chunks WHERE in_index")
        hashes = self._hashes(random.sample(ids, min(_SAMPLED, len(ids))))
        for vector in self.cache.known(list(hashes.values())).values():
            found = self.index.nearest(vector, 1)
            yield found[0][1] if found else 0.0


class _Writing:
    """Adds vectors to the index while the next are computed, and has them marked once they are there."""

    def __init__(self, index: VectorProcess, mark: Callable[[Sequence[int]], None]) -> None:
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
