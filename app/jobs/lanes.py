"""One worker thread for each stateful thing, so that no two jobs touch it at once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class Lane:
    """A named queue of jobs, done one after the other (or ``workers`` at a time) off the calling thread."""

    def __init__(self, name: str, workers: int = 1) -> None:
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=f"lane-{name}")

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Queue a job; its result or exception is in the future."""
        return self._pool.submit(job)

    def close(self) -> None:
        """Drop queued jobs and wait for the running one: cancel it first."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
