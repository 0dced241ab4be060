"""The vector index in a process of its own.

Chroma keeps the interpreter's lock while it writes and while it waits for the disk: 40 ms for 32 vectors, a second at
worst, in which no other thread of its process runs. So its process is not the window's. A panic of its Rust core ends
the child only, and a child has no network.
"""

import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.jobs.cancel import CancelToken
from app.library.vectors import IndexDamaged
from app.processes.child_process import ChildEnded, ChildProcess, Talk

_CHILD = "app.library.vector_child"
# Added by one order: a question that is asked meanwhile waits for no more than these.
_ADDED_AT_ONCE = 128
_NEVER = CancelToken()


class VectorProcess:
    """A `VectorIndex` behind a pipe, with the same methods. Any thread may use it.

    The child starts at the first use.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Use ``folder`` for the collection ``name`` (one recipe; 3 to 512 characters)."""
        self.folder = folder
        self._name = name
        self._lock = Lock()
        self._child: ChildProcess | None = None
        self._gone = False

    @property
    def place(self) -> str:
        """Where it lies, for people."""
        return str(self.folder)

    def start(self) -> None:
        """Have the index opened, and do not wait for it."""
        with suppress(IndexDamaged):
            self._running()

    def count(self) -> int:
        """Return how many vectors there are."""
        return int(self._ask("count"))

    def ids(self) -> set[int]:
        """Return the ids of all vectors."""
        return set(self._ask("ids"))

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors (n, dimensions) under ids that are not there yet."""
        self.begin_add(ids, vectors)()

    def begin_add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> Callable[[], None]:
        """Begin to add vectors, and return what waits until they are added; call it."""
        talks = []
        for place in range(0, len(ids), _ADDED_AT_ONCE):
            some = slice(place, place + _ADDED_AT_ONCE)
            talks.append(self._begin("add", ids=[int(key) for key in ids[some]], vectors=_sent(vectors[some])))

        def wait() -> None:
            for child, talk in talks:
                self._end(child, talk)

        return wait

    def delete(self, ids: Sequence[int]) -> None:
        """Remove vectors. Chroma keeps traces of them until the folder is thrown away."""
        self._ask("delete", ids=[int(key) for key in ids])

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, cosine similarity) of the ``limit`` nearest, best first."""
        return [(key, similarity) for key, similarity in self._ask("nearest", vector=_sent(vector), limit=limit)]

    def close(self) -> None:
        """Write out, let go of the folder, and end the child.

        Raises:
            IndexDamaged: it could not be closed in order.
        """
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            try:
                self._end(child, self._said(child, {"do": "close"}))
            finally:
                child.kill()
                child.join()

    def destroy(self) -> None:
        """Close for good, and remove the folder."""
        self._gone = True
        with suppress(IndexDamaged):
            self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ask(self, do: str, **arguments: object) -> Any:  # noqa: ANN401 - whatever the method returns
        return self._end(*self._begin(do, **arguments))

    def _begin(self, do: str, **arguments: object) -> tuple[ChildProcess, Talk]:
        child = self._running()
        return child, self._said(child, {"do": do, **arguments})

    def _running(self) -> ChildProcess:
        with self._lock:
            if self._gone:
                raise IndexDamaged(f"The search index in {self.folder} was replaced.")
            if self._child is None or self._child.ended:
                self._child = ChildProcess(_CHILD, {"folder": str(self.folder), "name": self._name})
            return self._child

    def _said(self, child: ChildProcess, order: dict[str, object]) -> Talk:
        with self._translated():
            child.greeting(_NEVER)
            return child.ask(order)

    def _end(self, child: ChildProcess, talk: Talk) -> Any:  # noqa: ANN401 - as above
        with self._translated():
            reply = talk.next(_NEVER)
        child.drop(talk)
        if "damaged" in reply:
            raise IndexDamaged(*reply["damaged"])
        return reply["result"]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ChildEnded as ending:
            raise IndexDamaged(
                f"The search index in {self.folder} cannot be used.",
                "Lectern will make it again from the library; no document has to be read again.",
                str(ending),
            ) from ending


def _sent(vectors: NDArray[np.float32]) -> str:
    return b64encode(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).decode("ascii")
