"""Progress as the latest value: written by a worker, sampled by whoever shows it."""

from dataclasses import dataclass
from threading import Lock
from time import monotonic


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands.

    Attributes:
        stage: what is being done, in words for people; empty when nothing is.
        done, total: in units of the stage; ``total`` 0 = not known yet.
        unit: what is counted, plural.
        item: the file in hand.
        rate: units a second since the stage began.
        seconds_left: of this stage; None while it cannot be told.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    unit: str = ""
    item: str = ""
    rate: float = 0.0
    seconds_left: float | None = None


class ProgressSlot:
    """Holds the latest `Progress`. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest = Progress()
        self._began = monotonic()

    def report(self, stage: str, done: int, total: int, unit: str, item: str = "") -> None:
        """Replace the latest value; a new ``stage`` starts the clock of the rate."""
        with self._lock:
            if stage != self._latest.stage:
                self._began = monotonic()
            elapsed = monotonic() - self._began
            rate = done / elapsed if elapsed > 0 else 0.0
            left = (total - done) / rate if rate > 0 and total >= done else None
            self._latest = Progress(stage, done, total, unit, item, rate, left)

    def clear(self) -> None:
        """Say that nothing is being done."""
        with self._lock:
            self._latest = Progress()

    def latest(self) -> Progress:
        """Return the newest value."""
        with self._lock:
            return self._latest
