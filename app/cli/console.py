"""Where a command writes: results to standard output, everything else to standard error."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from app.cli.records import Record
from app.domain.errors import EnvironmentFault
from app.jobs.progress import Progress, ProgressSlot

_SECONDS_BETWEEN = 1.0


class Console:
    """Writes records as JSON Lines, or lines of text for people."""

    def __init__(self, as_json: bool) -> None:
        if isinstance(sys.stdout, TextIOWrapper):
            # What the terminal or the file has no sign for is written as its number.
            sys.stdout.reconfigure(errors="backslashreplace")
        self.as_json = as_json
        self._lock = threading.RLock()

    def record(self, record: Record, text: str) -> None:
        """Write a result: the ``record`` for scripts, or the ``text`` for people.

        Raises:
            BrokenPipeError: nobody reads on.
            EnvironmentFault: it cannot be written.
        """
        if sys.stdout is None:
            raise EnvironmentFault("The result cannot be written: standard output is closed.", "Leave it open.")
        with self._lock:
            # Paths need not be text: an escaped record survives any encoding of the terminal.
            line = json.dumps(record) if self.as_json else text.encode("utf-8", "replace").decode()
            try:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            except OSError as error:
                # Python writes what is left when it ends: not to where it has just failed.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                if isinstance(error, BrokenPipeError):
                    raise
                raise EnvironmentFault(
                    f"The result cannot be written: {error.strerror}.", "Write it to a disk that has room."
                ) from error

    def note(self, text: str) -> None:
        """Write a line for people that is no result."""
        with self._lock:
            sys.stderr.write(f"{text.encode('utf-8', 'replace').decode()}\n")
            sys.stderr.flush()

    @contextmanager
    def showing(self, slot: ProgressSlot) -> Iterator[None]:
        """Show, once a second, what ``slot`` holds."""
        ended = threading.Event()

        def sample() -> None:
            while not ended.wait(_SECONDS_BETWEEN):
                try:
                    # Looked at under the lock: no progress is told of work whose result is written.
                    with self._lock:
                        self._show(slot.latest())
                except (BrokenPipeError, EnvironmentFault):
                    return  # the command hears of it with its result

        thread = threading.Thread(target=sample, name="console-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _show(self, progress: Progress) -> None:
        if not progress.stage:
            return
        if self.as_json:
            self.record(
                {"type": "progress", "stage": progress.stage, "done": progress.done, "total": progress.total}, ""
            )
            return
        left = "" if progress.seconds_left is None else f", about {_duration(progress.seconds_left)} left"
        self.note(
            f"{progress.stage}: {progress.done:,} of {progress.total:,} {progress.unit}, {progress.rate:,.1f}/s{left}"
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
