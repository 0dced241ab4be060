"""How fast this machine's processor does what a model is made of, as `app.models.runtimes.calibration` measured it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kernels:
    """Speeds of ggml's operations.

    Attributes:
        threads: of the processor, with which they were measured: the fewest that are about as fast as any number.
        writing: bytes of weights a second, by the type of the weights, when one token is computed.
        reading: multiplications and additions a second, by the type of the weights, when many tokens are.
        attention_writing: multiplications and additions a second, by the type of keys and values, for one token.
        attention_reading: the same for many tokens.
        norm: seconds to normalise a vector of `NORM_WIDTH` numbers, which stands for all small operations.
        repacked: types whose weights are copied into another order when a model is loaded.
    """

    threads: int
    writing: Mapping[str, float]
    reading: Mapping[str, float]
    attention_writing: Mapping[str, float]
    attention_reading: Mapping[str, float]
    norm: float
    repacked: frozenset[str]


NORM_WIDTH = 2_048
