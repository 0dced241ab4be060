"""Means over questions, and how far they can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2_000
"""Drawn with replacement for an interval: its ends move by less than a tenth of its width from seed to seed."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and the bootstrap interval that holds it in 95 of 100 draws (Efron 1979, percentiles)."""

    mean: float
    low: float
    high: float
    count: int


def interval(values: Sequence[float]) -> Interval:
    """Return the mean of values, one a question; at least one."""
    return ratio(values, [1.0] * len(values))


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Interval:
    """Return the sum of ``parts`` divided by that of ``wholes``, one of each a question; 0 where that is nothing."""
    pairs = np.column_stack([np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)])
    draws = np.random.default_rng(0).integers(0, len(pairs), (SAMPLES, len(pairs)))
    low, high = np.percentile(_divided(pairs[draws].sum(axis=1)), (2.5, 97.5))
    return Interval(float(_divided(pairs.sum(axis=0)[np.newaxis])[0]), float(low), float(high), len(pairs))


def _divided(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of the values do not exceed; at least one value."""
    return float(np.percentile(np.asarray(values), 100 * share))
