"""Work handed out to several threads, and its results collected, with a stop that everybody sees."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Condition, Event, Lock
from typing import Generic, TypeVar

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken

T = TypeVar("T")

# Seconds between looks at a paused token, which cannot wake anybody.
_GLANCE = 0.05
# Results that wait to be taken, for each worker: more would only fill the memory.
_AHEAD = 4
# Seconds that a result may wait for others: taken together they cost less.
_GATHERING = 0.1


class Stopped(Exception):
    """The job is over: nobody waits for its results."""


class Job(Generic[T]):
    """Files to work on and results to take. Safe to use from any thread."""

    def __init__(self, paths: Iterable[Path], cancel: CancelToken, workers: int) -> None:
        self._paths = iter(paths)
        self._taking = Lock()
        self._cancel = cancel
        self._working = workers
        self._most_waiting = workers * _AHEAD
        self._changed = Condition()
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._stopped = False
        self._over = Event()
        self._left = Event()

    # For workers, each of which calls `leave` once.

    def next_path(self) -> Path | None:
        """Return the next file when there is room for its result; None when there is none.

        Raises:
            Stopped: no more is wanted.
        """
        with self._changed:
            while not self._over.is_set() and (self._cancel.paused or len(self._results) >= self._most_waiting):
                self._changed.wait(_GLANCE)
        self.check()
        with self._taking:
            return next(self._paths, None)

    def add(self, result: T) -> None:
        """Hand in a result."""
        with self._changed:
            self._results.append(result)
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """End the job with an error."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def check(self) -> None:
        """Go on only if results are wanted.

        Raises:
            Stopped: they are not.
        """
        if self._over.is_set() or self._cancel.cancelled:
            raise Stopped

    def leave(self) -> None:
        """Say that this worker takes no more files."""
        with self._changed:
            self._working -= 1
            self._changed.notify_all()
            if not self._working:
                self._over.set()
                self._left.set()

    # For the thread that takes the results, and the one that watches.

    def results(self) -> Iterator[list[T]]:
        """Yield the results that are ready, one or more at a time, until every worker has left.

        Raises:
            Cancelled: stop was asked for.
            BaseException: what a worker failed with.
        """
        while True:
            with self._changed:
                while not (self._results or self._error or self._over.is_set()):
                    self._changed.wait()
                self._changed.wait_for(self._enough, _GATHERING)
                if self._stopped or self._cancel.cancelled:
                    raise Cancelled
                if self._error:
                    raise self._error
                if not self._results:
                    return
                ready = self._results
                self._results = []
                self._changed.notify_all()
            yield ready

    def _enough(self) -> bool:
        return bool(self._error) or self._over.is_set() or 2 * len(self._results) >= self._most_waiting

    def stop(self) -> None:
        """Want no more results."""
        with self._changed:
            self._stopped = True
            self._over.set()
            self._changed.notify_all()

    def over(self, seconds: float) -> bool:
        """Wait so long at most, and say whether the job is over, whatever ended it."""
        if self._over.wait(seconds):
            return True
        if self._cancel.cancelled:
            self.stop()
        return self._cancel.cancelled

    def left(self, seconds: float) -> bool:
        """Wait so long at most, and say whether every worker has left."""
        return self._left.wait(seconds)
