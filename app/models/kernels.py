"""How fast this machine's processor does what a model is made of, as `app.models.runtimes.calibration` measured it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ROW = 2_048  # numbers of a row of weights, where one token meets them
NORM_WIDTH, NARROW = 2_048, 64  # numbers of the vectors that are normalised


@dataclass(frozen=True, slots=True)
class WeightsRate:
    """Speed of weights of one type.

    Attributes:
        writing: bytes of weights a second, when one token is computed, in rows of `ROW` numbers.
        reading: multiplications and additions a second, when many tokens are.
    """

    writing: float
    reading: float


SHARING = 4
"""Heads of the queries that share a head of keys and values in the second of the two measurements."""


@dataclass(frozen=True, slots=True)
class HeadRate:
    """Speed of attention for one token, with heads of one width, in multiplications and additions a second.

    Attributes:
        alone: where every head of the queries has its own keys and values.
        shared: where `SHARING` of them share theirs.
    """

    alone: float
    shared: float

    def rate(self, sharing: float) -> float:
        """Return the speed where so many heads of the queries share their keys and values.

        The time of an operation is that of computing, and that of fetching, which those that share do once: a + b / n.
        """
        fetching = max(0.0, 1 / self.alone - 1 / self.shared) * SHARING / (SHARING - 1)
        return 1 / (1 / self.alone - fetching * (1 - 1 / sharing))


@dataclass(frozen=True, slots=True)
class AttentionRate:
    """Speed of attention over keys and values of one type, by the width of a head, which is written as text.

    Attributes:
        writing: when one token is computed.
        reading: when many tokens are, in multiplications and additions a second.
    """

    writing: Mapping[str, HeadRate]
    reading: Mapping[str, float]

    def writing_rate(self, width: int, sharing: float) -> float:
        """Return the speed when one token is computed: as with the nearest width that was measured.

        Args:
            width: numbers of a query, of one head.
            sharing: heads of the queries to one of keys and values.
        """
        return self.writing[_nearest(self.writing, width)].rate(max(1.0, sharing))

    def reading_rate(self, width: int) -> float:
        """Return the speed when many tokens are computed: as with the nearest width that was measured."""
        return self.reading[_nearest(self.reading, width)]


def _nearest(widths: Iterable[str], width: int) -> str:
    return min(widths, key=lambda known: max(int(known), width) / min(int(known), width))


@dataclass(frozen=True, slots=True)
class Kernels:
    """Speeds of ggml's operations.

    Attributes:
        quiet: the machine did little else meanwhile.
        threads: of the processor, with which they were measured: the most that are not much slower than any number.
        by_threads: bytes of weights a second that so many threads read together; the numbers are written as text.
        plain: by the type of the weights, in the order that they have in the file.
        repacked: by the type of the weights, in the order that ggml can give them on this processor. Not always faster.
        row: seconds that a row of weights takes besides what its bytes take, when one token is computed.
        attention: by the type of keys and values.
        norm: seconds to normalise a vector of `NORM_WIDTH` numbers, which stands for all small operations.
        narrow_norm: the same of `NARROW` numbers: what an operation takes however small it is.
    """

    quiet: bool
    threads: int
    by_threads: Mapping[str, float]
    plain: Mapping[str, WeightsRate]
    repacked: Mapping[str, WeightsRate]
    row: float
    attention: Mapping[str, AttentionRate]
    norm: float
    narrow_norm: float

    @property
    def norm_seconds_a_number(self) -> float:
        """Seconds to normalise, for each number; see `norm_seconds`."""
        return max(0.0, self.norm - self.narrow_norm) / (NORM_WIDTH - NARROW)

    def norm_seconds(self, width: int) -> float:
        """Return the seconds to normalise so many numbers: a fixed part, and one for each number."""
        return self.narrow_norm + (width - NARROW) * self.norm_seconds_a_number


def read_kernels(fields: Mapping[str, Any]) -> Kernels:
    """Read them from their JSON.

    Raises:
        KeyError, TypeError: they are not of this form.
    """
    return Kernels(
        quiet=fields["quiet"],
        threads=fields["threads"],
        by_threads=dict(fields["by_threads"]),
        plain={kind: WeightsRate(**rate) for kind, rate in fields["plain"].items()},
        repacked={kind: WeightsRate(**rate) for kind, rate in fields["repacked"].items()},
        row=fields["row"],
        attention={kind: _attention(rate) for kind, rate in fields["attention"].items()},
        norm=fields["norm"],
        narrow_norm=fields["narrow_norm"],
    )


def _attention(fields: Mapping[str, Any]) -> AttentionRate:
    writing = {width: HeadRate(**rate) for width, rate in fields["writing"].items()}
    return AttentionRate(writing, dict(fields["reading"]))
