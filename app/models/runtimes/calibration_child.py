"""The child process that measures this machine: told the most ``threads``, it answers with `Kernels` and ends."""

import os
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from app.models.kernels import NARROW, NORM_WIDTH, SHARING, AttentionRate, HeadRate, Kernels, WeightsRate
from app.models.runtimes.ggml import TYPES, Ggml, Tensor
from app.models.runtimes.llama_cpp_engine import ENVIRONMENT
from app.processes.parent_pipe import ParentPipe

_WIDTH = 2_048  # numbers of a row
_LARGE = 48 << 20  # bytes of weights, beyond the caches of most processors
_VERY_LARGE = 256 << 20  # beyond the caches of all: a model's weights come from memory
_ROWS = 1_024  # of the weights that many tokens meet
_TOKENS = 512  # read together
_LEAST, _LEAST_OF_ATTENTION = 0.02, 0.01  # seconds that each thing is measured at least
_KV_HEADS = 8
_WIDTHS = (64, 128, 256)  # of a head: the speed of one token's attention differs by four between models
# Numbers of keys: more than the cache of a core holds, as those of all layers together are.
_KEPT_WRITING = 1 << 22
_CELLS_READING, _READ_TOGETHER, _READING_WIDTH = 512, 64, 64
_NORMS = 100  # in a row
_ABOUT_AS_FAST = 0.95

_KV_TYPES = {"f16": "F16", "q8_0": "Q8_0"}  # as `app.models.fit` chooses them

_Maker = Callable[[int], Tensor]
"""Makes a matrix of weights with so many rows of `_WIDTH` numbers."""


def _measured(ggml: Ggml, most_threads: int) -> Kernels:
    by_threads = _by_threads(ggml, most_threads)
    # Writing is bound by memory, which a few threads use up; reading gains from every one.
    threads = max(count for count, speed in by_threads.items() if speed >= _ABOUT_AS_FAST * max(by_threads.values()))
    ggml.use_threads(threads)
    memory = _memory_bytes_per_s(ggml)
    kinds = [kind for kind in TYPES if kind != "F32"]
    return Kernels(
        threads=threads,
        by_threads={str(count): speed for count, speed in by_threads.items()},
        plain={kind: _weights(ggml, kind, partial(ggml.array, kind, _WIDTH), memory) for kind in kinds},
        repacked={
            kind: _weights(ggml, kind, partial(ggml.repacked, kind, _WIDTH), memory)
            for kind in kinds
            if ggml.repacks(kind, _WIDTH, _ROWS)
        },
        attention={name: _attention(ggml, kind, threads) for name, kind in _KV_TYPES.items()},
        norm=_norm(ggml, NORM_WIDTH),
        narrow_norm=_norm(ggml, NARROW),
    )


def _norm(ggml: Ggml, width: int) -> float:
    return ggml.seconds([ggml.norms(ggml.array("F32", width, 1), _NORMS)], _LEAST / 2) / _NORMS


def _by_threads(ggml: Ggml, most: int) -> dict[int, float]:
    weights = ggml.array("Q8_0", _WIDTH, _many_rows(ggml, "Q8_0"))
    vector = ggml.array("F32", _WIDTH, 1)
    speeds = {}
    for threads in sorted({*(1 << power for power in range(most.bit_length())), most}):
        ggml.use_threads(threads)
        speeds[threads] = weights.size / ggml.seconds([ggml.product(weights, vector)], _LEAST)
    return speeds


def _memory_bytes_per_s(ggml: Ggml) -> float:
    """Return how fast weights come from memory, by the kernel that asks least of the processor."""
    weights = ggml.array("F16", _WIDTH, _VERY_LARGE // ggml.bytes_of("F16", _WIDTH))
    return weights.size / ggml.seconds([ggml.product(weights, ggml.array("F32", _WIDTH, 1))], _LEAST)


def _weights(ggml: Ggml, kind: str, make: _Maker, memory: float) -> WeightsRate:
    large, small = make(_many_rows(ggml, kind)), make(_ROWS)
    one, many = ggml.array("F32", _WIDTH, 1), ggml.array("F32", _WIDTH, _TOKENS)
    return WeightsRate(
        writing=min(memory, large.size / ggml.seconds([ggml.product(large, one)], _LEAST)),
        reading=2 * _WIDTH * _ROWS * _TOKENS / ggml.seconds([ggml.product(small, many)], _LEAST),
    )


def _many_rows(ggml: Ggml, kind: str) -> int:
    return int(_LARGE / ggml.bytes_of(kind, _WIDTH)) // 64 * 64


def _attention(ggml: Ggml, kind: str, threads: int) -> AttentionRate:
    reading = _attention_of(ggml, kind, _READING_WIDTH, SHARING, _READ_TOGETHER, _CELLS_READING)
    # Within a whole model, a second thread does not make it faster for one token (seen with four shapes on two cores).
    ggml.use_threads(1)
    writing = {str(width): _head_rate(ggml, kind, width) for width in _WIDTHS}
    ggml.use_threads(threads)
    return AttentionRate(writing, reading)


def _head_rate(ggml: Ggml, kind: str, width: int) -> HeadRate:
    cells = _KEPT_WRITING // _KV_HEADS // width
    alone, shared = (_attention_of(ggml, kind, width, sharing, 1, cells) for sharing in (1, SHARING))
    return HeadRate(alone, shared)


def _attention_of(ggml: Ggml, kind: str, width: int, sharing: int, tokens: int, cells: int) -> float:
    """Return multiplications and additions a second: of each query with all keys, then of all values."""
    heads = sharing * _KV_HEADS
    queries = ggml.array("F32", width, tokens, heads)
    # As they lie in llama.cpp's cache: those of all heads of a token together.
    keys, values = (ggml.array(kind, width, _KV_HEADS, cells) for _ in range(2))
    mask = ggml.array("F16", cells, _READ_TOGETHER)
    operations = 4 * width * cells * tokens * heads
    return operations / ggml.seconds([ggml.attention(queries, keys, values, mask)], _LEAST_OF_ATTENTION)


def main() -> None:
    """Measure, answer, end."""
    os.environ.update(ENVIRONMENT)
    parent = ParentPipe()
    parent.listen()
    parent.send(asdict(_measured(Ggml(), parent.next()["threads"])))
    os._exit(0)


if __name__ == "__main__":
    main()
