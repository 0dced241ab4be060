"""How fast this machine's processor does what a model is made of, as `app.models.runtimes.calibration` measured it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NORM_WIDTH = 2_048


@dataclass(frozen=True, slots=True)
class WeightsRate:
    """Speed of weights of one type.

    Attributes:
        writing: bytes of weights a second, when one token is computed.
        reading: multiplications and additions a second, when many tokens are.
    """

    writing: float
    reading: float


@dataclass(frozen=True, slots=True)
class AttentionRate:
    """Speed of attention over keys and values of one type, in multiplications and additions a second.

    Attributes:
        writing: when one token is computed.
        reading: when many tokens are.
    """

    writing: float
    reading: float


@dataclass(frozen=True, slots=True)
class Kernels:
    """Speeds of ggml's operations.

    Attributes:
        threads: of the processor, with which they were measured: the most that are about as fast as any number.
        by_threads: bytes of weights a second that so many threads read together; the numbers are written as text.
        plain: by the type of the weights, in the order that they have in the file.
        repacked: by the type of the weights, in the order that ggml can give them on this processor. Not always faster.
        attention: by the type of keys and values.
        norm: seconds to normalise a vector of `NORM_WIDTH` numbers, which stands for all small operations.
    """

    threads: int
    by_threads: Mapping[str, float]
    plain: Mapping[str, WeightsRate]
    repacked: Mapping[str, WeightsRate]
    attention: Mapping[str, AttentionRate]
    norm: float


def read_kernels(fields: Mapping[str, Any]) -> Kernels:
    """Read them from their JSON.

    Raises:
        KeyError, TypeError: they are not of this form.
    """
    return Kernels(
        threads=fields["threads"],
        by_threads=dict(fields["by_threads"]),
        plain={kind: WeightsRate(**rate) for kind, rate in fields["plain"].items()},
        repacked={kind: WeightsRate(**rate) for kind, rate in fields["repacked"].items()},
        attention={kind: AttentionRate(**rate) for kind, rate in fields["attention"].items()},
        norm=fields["norm"],
    )
