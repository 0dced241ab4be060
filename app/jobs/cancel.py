"""A flag that one thread raises and another looks at."""

from collections.abc import Iterable, Iterator
from threading import Event
from typing import TypeVar

from app.domain.errors import Cancelled

T = TypeVar("T")


class CancelToken:
    """Asks a running job to stop or to pause. Safe to use from any thread."""

    def __init__(self) -> None:
        self._cancelled = Event()
        self._running = Event()
        self._running.set()

    def cancel(self) -> None:
        """Ask the job to stop; a paused job wakes up to do so."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Ask the job to wait at its next `check`."""
        self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._running.set()

    @property
    def cancelled(self) -> bool:
        """Whether stop was asked for."""
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        """Whether the job waits, or will at its next `check`."""
        return not self._running.is_set()

    def check(self) -> None:
        """Wait while paused.

        Raises:
            Cancelled: stop was asked for.
        """
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items; `check` before each."""
        for item in items:
            self.check()
            yield item
