"""Where the vector index of a library lies: in its folder, or on a Chroma server that the policy names."""

from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.library.vector_process import VectorProcess
from app.library.vectors import ServedIndex
from app.security.policy import Server


class Index(Protocol):
    """Chunk ids and their vectors. Any thread may use it.

    Every method may raise `IndexDamaged`, after which it is made again, and `EnvironmentFault`, where its server is out
    of reach.
    """

    @property
    def place(self) -> str:
        """Where it lies, for people."""

    def start(self) -> None:
        """Have the index opened, and do not wait for it."""

    def count(self) -> int:
        """Return how many vectors there are."""

    def ids(self) -> set[int]:
        """Return the ids of all vectors."""

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors (n, dimensions) under ids that are not there yet."""

    def begin_add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> Callable[[], None]:
        """Begin to add vectors, and return what waits until they are added; call it."""

    def delete(self, ids: Sequence[int]) -> None:
        """Remove vectors."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the ``limit`` nearest, best first."""

    def close(self) -> None:
        """Write out and let go."""

    def destroy(self) -> None:
        """Close for good, and remove it."""


class Place(Protocol):
    """Holds the indexes of one library: one, and while it is made again, two."""

    @property
    def key(self) -> str:
        """Differs from that of every other place; empty = the library's own folder."""

    def index(self, generation: str, name: str) -> Index:
        """Return the index of a generation, for vectors that go by ``name``."""

    def keep_only(self, generation: str) -> None:
        """Remove what other generations left behind: they hold what was erased.

        Raises:
            EnvironmentFault: one cannot be removed.
        """


class FolderPlace:
    """A folder on this computer: a folder in it for each generation."""

    key = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def index(self, generation: str, name: str) -> VectorProcess:
        """Return the index of a generation."""
        return VectorProcess(self._folder / generation, name)

    def keep_only(self, generation: str) -> None:
        """Remove all other generations.

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


class ServerPlace:
    """A Chroma server, which other libraries may use too: a collection for each generation.

    Args:
        server: the server.
        library: tells this library from all others.
        folder: where the index lay, or would lie, without the server.
    """

    def __init__(self, server: Server, library: str, folder: Path) -> None:
        self._server = server
        self._library = library
        self._folder = folder

    @property
    def key(self) -> str:
        """The address of the server."""
        return self._server.url

    def index(self, generation: str, name: str) -> ServedIndex:
        """Return the index of a generation."""
        return ServedIndex(self._server, f"{self._prefix(generation)}{name}")

    def keep_only(self, generation: str) -> None:
        """Remove this library's other generations from the server, and what lies in the folder.

        Raises:
            EnvironmentFault: one cannot be removed.
        """
        FolderPlace(self._folder).keep_only("")
        server = ServedIndex(self._server, "")
        server.remove_older(self._prefix(""), self._prefix(generation))
        server.close()

    def _prefix(self, generation: str) -> str:
        return f"lectern-{self._library}-{generation}{'-' if generation else ''}"
