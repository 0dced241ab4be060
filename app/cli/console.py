"""Where a command writes: results to standard output, everything else to standard error."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.records import Record
from app.jobs.progress import Progress, ProgressSlot

_SECONDS_BETWEEN = 1.0


class Console:
    """Writes records as JSON Lines, or lines of text for people."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._lock = threading.Lock()

    def record(self, record: Record, text: str) -> None:
        """Write a result: the ``record`` for scripts, or the ``text`` for people."""
        with self._lock:
            # Paths need not be text: an escaped record survives any encoding of the terminal.
            line = json.dumps(record) if self.as_json else text.encode("utf-8", "replace").decode()
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

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
                progress = slot.latest()
                if progress.stage:
                    self._show(progress)

        thread = threading.Thread(target=sample, name="console-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _show(self, progress: Progress) -> None:
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
