"""The vector index: Chroma in a folder or on a server, to be thrown away and made again from the ledger at any time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault, LecternError
from app.security.policy import Server

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_BATCH = 1_000
# Chroma #7510: a link file that has outgrown its data is a sign of corruption, and can fill the disk.
_LINKS_TO_DATA = 10
# A killed Lectern's process of the index may be a moment behind it, and Chroma is not safe from two (#3792).
_WAIT_SECONDS = 10.0
_MOST_COLLECTIONS = 100_000  # of a server, for all its libraries


class IndexDamaged(LecternError):
    """The vector index cannot be used as it is; it must be made again."""


class _ChromaIndex(ABC):
    """Chunk ids and their vectors, found by cosine similarity. Chroma is imported and opened at the first use."""

    def __init__(self, name: str) -> None:
        self._name = name
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
        """Remove vectors. Chroma keeps traces of them until the index is thrown away."""
        with self._using() as collection:
            for place in range(0, len(ids), _BATCH):
                collection.delete(ids=[str(key) for key in ids[place : place + _BATCH]])

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the ``limit`` nearest, best first."""
        with self._using() as collection:
            found = collection.query(query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"])
        distances = found["distances"] or [[]]
        return [(int(key), 1.0 - distance) for key, distance in zip(found["ids"][0], distances[0], strict=True)]

    @contextmanager
    def _using(self) -> Iterator["Collection"]:
        with self._translated():
            if self._opened is None:
                self._opened = self._open()
            yield self._opened

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, SystemExit, IndexDamaged, EnvironmentFault):
            raise
        # Chroma's errors have no common class, and a panic of its Rust core is not even an Exception.
        except BaseException as error:
            raise self._fault(error) from error

    def _collection(self, client: "Client") -> "Collection":
        return client.get_or_create_collection(
            self._name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )

    @abstractmethod
    def _open(self) -> "Collection":
        """Open the collection, or make it."""

    @abstractmethod
    def _fault(self, error: BaseException) -> LecternError:
        """Return what to say of an error of Chroma."""


class VectorIndex(_ChromaIndex):
    """An index in a folder. For one thread."""

    def __init__(self, folder: Path, name: str) -> None:
        """Use ``folder`` for the collection ``name`` (one recipe; 3 to 512 characters)."""
        super().__init__(name)
        self.folder = folder
        self._lock = FileLock(folder / "open.lock")

    def close(self) -> None:
        """Write out and let go of the folder."""
        if self._client is not None:
            self._client.close()
        self._client = self._opened = None
        self._lock.release()

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
        return self._collection(self._client)

    def _fault(self, error: BaseException) -> LecternError:
        return IndexDamaged(
            f"The search index in {self.folder} cannot be used.",
            "Lectern will make it again from the library; no document has to be read again.",
            f"{type(error).__name__}: {error}",
        )


class ServedIndex(_ChromaIndex):
    """An index on a Chroma server that an administrator runs. Any thread may use it.

    Only ids and vectors are sent to it, no text.
    """

    def __init__(self, server: Server, name: str) -> None:
        """Use the collection ``name`` (one library, one recipe; 3 to 512 characters) of ``server``."""
        super().__init__(name)
        self.place = server.url
        self._server = server
        self._reaching = Lock()

    def start(self) -> None:
        """Do nothing: it is opened when it is needed."""

    def begin_add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> Callable[[], None]:
        """Add vectors; there is nothing to wait for then."""
        self.add([int(key) for key in ids], vectors)
        return lambda: None

    def close(self) -> None:
        """Let go of the server. The next use reaches it again."""
        if self._client is not None:
            self._client.close()
        self._client = self._opened = None

    def destroy(self) -> None:
        """Remove it from the server.

        Raises:
            EnvironmentFault: the server does not answer.
        """
        with suppress(IndexDamaged), self._translated():
            self._reached().delete_collection(self._name)
        self.close()

    def remove_older(self, prefix: str, kept: str) -> None:
        """Remove the collections whose names begin with ``prefix``, but not with ``kept``.

        Raises:
            EnvironmentFault: the server does not answer.
        """
        with self._translated():
            names = [collection.name for collection in self._reached().list_collections(limit=_MOST_COLLECTIONS)]
            for name in names:
                if name.startswith(prefix) and not name.startswith(kept):
                    self._reached().delete_collection(name)

    def _reached(self) -> "Client":
        import chromadb
        from chromadb.config import Settings

        server = self._server
        with self._reaching:
            if self._client is None:
                # Chroma never closes the connections that it keeps.
                settings = Settings(anonymized_telemetry=False, chroma_http_max_keepalive_connections=0)
                if server.ca_file is not None:
                    settings.chroma_server_ssl_verify = str(server.ca_file)
                client = chromadb.HttpClient(server.host, server.port, server.encrypted, server.headers(), settings)
                self._client = cast("Client", client)
            return self._client

    def _open(self) -> "Collection":
        return self._collection(self._reached())

    def _fault(self, error: BaseException) -> LecternError:
        from chromadb.errors import NotFoundError

        detail = f"{type(error).__name__}: {error}"
        if isinstance(error, NotFoundError):
            self._opened = None
            return IndexDamaged(f"The search index on {self.place} is gone.", "Lectern will make it again.", detail)
        return EnvironmentFault(
            f"The vector server {self.place} does not answer as it should.",
            "Until it does, documents are found by their words only. Ask your administrator.",
            detail,
        )
