"""What this machine has shown: how fast its kernels are, and what each model took. Measured beats foretold.

It can be thrown away: everything in it is measured again.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from app.domain.errors import EnvironmentFault
from app.domain.fit import Fit, Range
from app.models.files import Stamp
from app.models.json_file import write_json
from app.models.kernels import Kernels, read_kernels

_FORMAT = 1
_KEPT = 8  # of the latest loads of a model
_RANKINGS = 8  # of the first questions that a reranker looked at
_JUDGED = 3  # questions that tell how long it takes: the first may come at a bad moment
_USUAL_MARGIN, _LEAST_MARGIN, _LARGEST_MARGIN = 1.05, 1.03, 1.5
_BESIDE = 1.02  # of the largest that was seen: the next may be a little larger
_STEP, _MOST_STEPS = 1.25, 3  # how much more is kept free of a model each time that it ran out of memory
_SLOWER, _FASTER = 0.9, 1.1  # than the usual run of the same model


@dataclass(frozen=True, slots=True)
class Load:
    """What one load of a model took.

    Attributes:
        predicted, measured: bytes of memory at the peak.
        reading, writing: tokens a second; None where too few were computed to tell.
    """

    predicted: int
    measured: int
    reading: float | None
    writing: float | None


class Records:
    """The records in one file. Models go by the SHA-256 of their file.

    Args:
        path: the file; none yet, or one that cannot be read, is the same as an empty one.
        engine: what they hold for, such as the version of llama.cpp and the name of the processor: records of another
            engine or machine are dropped.
    """

    def __init__(self, path: Path, engine: str) -> None:
        self._path = path
        self._engine = engine
        self.kernels: Kernels | None = None
        self._loads: dict[str, list[Load]] = {}
        self._ran_out: dict[str, int] = {}
        self._rankings: dict[str, list[float]] = {}
        self._stamps: dict[str, Stamp] = {}
        self._read()

    def keep_kernels(self, kernels: Kernels) -> None:
        """Keep the result of a calibration.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        self.kernels = kernels
        self._write()

    def keep_load(self, model: str, load: Load) -> None:
        """Keep what a load took; the oldest are forgotten.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        self._loads[model] = [*self._loads.get(model, []), load][-_KEPT:]
        self._write()

    def keep_failure(self, model: str) -> None:
        """Keep that memory ran out although it should have been enough.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        self._ran_out[model] = min(self._ran_out.get(model, 0) + 1, _MOST_STEPS)
        self._write()

    def keep_ranking(self, model: str, seconds: float) -> bool:
        """Keep how many seconds a reranker took for a question; return whether it was one of the first, which count.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        kept = self._rankings.get(model, [])
        if len(kept) == _RANKINGS:
            return False
        self._rankings[model] = [*kept, seconds]
        self._write()
        return True

    def ranking_seconds(self, model: str) -> float | None:
        """Return how long a reranker takes for a question here; None = too few were seen to tell."""
        kept = self._rankings.get(model, [])
        return median(kept) if len(kept) >= _JUDGED else None

    def margin_of(self, model: str) -> float:
        """Return how much more than foretold is to be kept free of a model, as a factor."""
        return self.margin * _STEP ** self._ran_out.get(model, 0)

    def stamp(self, model: str) -> Stamp | None:
        """Return the stamp that a file with this SHA-256 had when that was computed; None = it never was."""
        return self._stamps.get(model)

    def keep_stamp(self, model: str, stamp: Stamp) -> None:
        """Keep that a file with this stamp has this SHA-256.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        if self._stamps.get(model) != stamp:
            self._stamps[model] = stamp
            self._write()

    @property
    def margin(self) -> float:
        """How much more than foretold is to be kept free here, as a factor."""
        seen = [load.measured / load.predicted for loads in self._loads.values() for load in loads if load.predicted]
        if not seen:
            return _USUAL_MARGIN
        return min(max(_BESIDE * max(seen), _LEAST_MARGIN), _LARGEST_MARGIN)

    def improved(self, model: str, fit: Fit) -> Fit:
        """Put the speeds that were measured in the place of those that were foretold."""
        loads = self._loads.get(model, [])
        reading = _around([load.reading for load in loads if load.reading])
        writing = _around([load.writing for load in loads if load.writing])
        return replace(
            fit,
            prompt_tokens_per_s=reading or fit.prompt_tokens_per_s,
            tokens_per_s=writing or fit.tokens_per_s,
        )

    def _read(self) -> None:
        try:
            fields: Mapping[str, Any] = json.loads(self._path.read_text("utf-8"))
            if (fields["format"], fields["engine"]) != (_FORMAT, self._engine):
                return
            kernels = read_kernels(fields["kernels"]) if fields["kernels"] else None
            stamps = {model: _stamp(stamp) for model, stamp in fields["stamps"].items()}
            loads = {model: [Load(**load) for load in loads] for model, loads in fields["loads"].items()}
            rankings = {model: [float(one) for one in seconds] for model, seconds in fields.get("rankings", {}).items()}
            self.kernels, self._loads, self._ran_out = kernels, loads, dict(fields["ran_out"])
            self._stamps, self._rankings = stamps, rankings
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return

    def _write(self) -> None:
        fields = {
            "format": _FORMAT,
            "engine": self._engine,
            "kernels": asdict(self.kernels) if self.kernels else None,
            "loads": {model: [asdict(load) for load in loads] for model, loads in self._loads.items()},
            "ran_out": self._ran_out,
            "rankings": self._rankings,
            "stamps": self._stamps,
        }
        try:
            write_json(self._path, fields)
        except OSError as error:
            raise EnvironmentFault(
                f"What was measured cannot be kept in {self._path.name}.", "Check the disk and its rights.", str(error)
            ) from error


def _around(speeds: list[float]) -> Range | None:
    if not speeds:
        return None
    usual = median(speeds)
    return usual * _SLOWER, usual * _FASTER


def _stamp(numbers: list[int]) -> Stamp:
    size, changed, entry_changed, inode = numbers
    return size, changed, entry_changed, inode
