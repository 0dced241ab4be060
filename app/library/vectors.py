"""The vector index: Chroma in a folder that can be thrown away and made again from the ledger."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from app.domain.errors import LecternError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_BATCH = 1_000
# Chroma #7510: a link file that has outgrown its data is a sign of corruption, and can fill the disk.
_LINKS_TO_DATA = 10
# A killed Lectern's process of the index may be a moment behind it, and Chroma is not safe from two (#3792).
_WAIT_SECONDS = 10.0


class IndexDamaged(LecternError):
    """The vector index cannot be used as it is; it must be made again."""


class VectorIndex:
    """Chunk ids and their vectors, found by cosine similarity. For one thread.

    Chroma is imported and opened at the first use.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Use ``folder`` for the collection ``name`` (one recipe; 3 to 512 characters)."""
        self.folder = folder
        self._name = name
        self._lock = FileLock(folder / "open.lock")
        self._client: Client | None = None
        self._opened: Collection | None = None

    def count(self) -> int:
        """Return how many vectors there are."""
        with self._using() as collection:
            return collection.count()

    def ids(self) -> set[int]:
        """Return the ids of all vectors."""
        with self._using() as collection:
            return {int(key) for key in collection.get(include=[])["ids"]}

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors (n, dimensions) under ids that are not there yet.

        Never an upsert: one of existing ids that is cut short wedges Chroma's compaction (#7678).
        """
        with self._using() as collection:
            for place in range(0, len(ids), _BATCH):
                some = slice(place, place + _BATCH)
                collection.add(ids=[str(key) for key in ids[some]], embeddings=vectors[some])

    def delete(self, ids: Sequence[int]) -> None:
        """Remove vectors. Chroma keeps traces of them until the folder is thrown away."""
        with self._using() as collection:
            for place in range(0, len(ids), _BATCH):
                collection.delete(ids=[str(key) for key in ids[place : place + _BATCH]])

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the ``limit`` nearest, best first."""
        with self._using() as collection:
            found = collection.query(query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"])
        distances = found["distances"] or [[]]
        return [(int(key), 1.0 - distance) for key, distance in zip(found["ids"][0], distances[0], strict=True)]

    def close(self) -> None:
        """Write out and let go of the folder."""
        if self._client is not None:
            self._client.close()
        self._client = self._opened = None
        self._lock.release()

    @contextmanager
    def _using(self) -> Iterator["Collection"]:
        try:
            if self._opened is None:
                self._opened = self._open()
            yield self._opened
        except (KeyboardInterrupt, SystemExit, IndexDamaged):
            raise
        # Chroma's errors have no common class, and a panic of its Rust core is not even an Exception.
        except BaseException as error:
            raise IndexDamaged(
                f"The search index in {self.folder} cannot be used.",
                "Lectern will make it again from the library; no document has to be read again.",
                f"{type(error).__name__}: {error}",
            ) from error

    def _open(self) -> "Collection":
        import chromadb
        from chromadb.config import Settings

        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=_WAIT_SECONDS)
        except Timeout as error:
            raise IndexDamaged(f"The search index in {self.folder} is held by another process.") from error
        for links in self.folder.glob("*/link_lists.bin"):
            if links.stat().st_size > _LINKS_TO_DATA * links.with_name("data_level0.bin").stat().st_size:
                raise IndexDamaged(f"The search index in {self.folder} has outgrown itself.", "", str(links))
        client = chromadb.PersistentClient(path=self.folder, settings=Settings(anonymized_telemetry=False))
        # Declared as an interface that lacks `close`.
        self._client = cast("Client", client)
        return client.get_or_create_collection(
            self._name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
