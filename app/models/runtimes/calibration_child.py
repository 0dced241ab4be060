"""The child process that measures this machine: told the most ``threads``, it answers with `Kernels` and ends."""

import os
from collections.abc import Callable, Iterator
from ctypes import c_void_p
from dataclasses import asdict, dataclass
from itertools import cycle
from statistics import median
from time import perf_counter

import psutil

from app.models.kernels import NARROW, NORM_WIDTH, ROW, SHARING, AttentionRate, HeadRate, Kernels, WeightsRate
from app.models.runtimes.ggml import TYPES, Ggml, Tensor
from app.models.runtimes.llama_cpp_engine import ENVIRONMENT
from app.processes.parent_pipe import ParentPipe

_SECONDS = 2.6  # since this process began
_SECONDS_OF_THREADS = 0.05  # for each number of threads
_SHORT_ROW = 512  # numbers
_LARGE = 48 << 20  # bytes of weights, beyond the caches of most processors
_VERY_LARGE = 256 << 20  # beyond the caches of all: a model's weights come from memory
_ROOM = _VERY_LARGE + (64 << 20)  # bytes for the arrays of one operation
# Of weights that many tokens meet, and the tokens. With fewer, to make the tokens ready would weigh more than in a
# model: with Q4_K, 512 rows gave 386 thousand million operations a second, 2,048 gave 479, and 8,192 gave 513.
_ROWS, _TOKENS = 2_048, 256
_KV_HEADS = 8
_WIDTHS = (64, 128, 256)  # of a head: the speed of one token's attention differs by four between models
# Numbers of keys: more than the cache of a core holds, as those of all layers together are.
_KEPT_WRITING = 1 << 22
_READING_HEADS, _READING_TOKENS, _READING_CELLS = 2, 512, 256  # as few as give the speed of many
_MASKED = 64  # to whose multiple llama.cpp fills the rows of a mask up
_NORMS = 100  # in a row
# Of the speed of writing with the best number of threads. Reading gains from every one, and beside other work more
# threads seem slower than they are.
_NOT_MUCH_SLOWER = 0.8
_QUIET = 0.2  # of the processors at most were taken by others

_KINDS = tuple(kind for kind in TYPES if kind != "F32")
_KV_TYPES = {"f16": "F16", "q8_0": "Q8_0"}  # as `app.models.fit` chooses them

_Name = tuple[str, ...]


class _Operation:
    """An operation, and how fast it was each time.

    Args:
        ggml: computes it.
        node: what ggml is to compute.
        work: that is done by it.
        threads: that compute it.
    """

    def __init__(self, ggml: Ggml, node: c_void_p, work: float, threads: int) -> None:
        self._ggml = ggml
        self._graph = ggml.graph(node)
        self._work = work
        self._threads = threads
        self._seconds: list[float] = []
        self.measure()

    def measure(self) -> None:
        """Compute it once more."""
        self._ggml.use_threads(self._threads)
        self._seconds.append(self._ggml.seconds(self._graph))

    @property
    def rate(self) -> float:
        """Work a second, as it usually was."""
        # The first time, memory is still being handed out: it counts only where the time sufficed for no other.
        return self._work / median(self._seconds[1:] or self._seconds)


def _measured(ggml: Ggml, most_threads: int, until: float) -> Kernels:
    others = _others()
    by_threads = _by_threads(ggml, most_threads)
    least = _NOT_MUCH_SLOWER * max(by_threads.values())
    threads = max(count for count, speed in by_threads.items() if speed >= least)
    operations = dict(_operations(ggml, threads))
    # In turns: what disturbs the machine for a moment then disturbs no operation alone.
    _repeat(list(operations.values()), until)
    rates = {name: operation.rate for name, operation in operations.items()}
    return Kernels(
        quiet=others() < _QUIET,
        threads=threads,
        by_threads={str(count): speed for count, speed in by_threads.items()},
        plain=_weights_rates(rates, "plain"),
        repacked=_weights_rates(rates, "repacked"),
        row=_row_seconds(rates["plain", "Q8_0", "writing"], rates["short rows",]),
        attention={name: _attention_rate(rates, name) for name in _KV_TYPES},
        norm=1 / rates["norm",],
        narrow_norm=1 / rates["narrow norm",],
    )


def _others() -> Callable[[], float]:
    """Return what tells the share of all processors that other processes have taken since now."""
    own, began, before = psutil.Process(), perf_counter(), _busy()
    mine = sum(own.cpu_times()[:2])

    def share() -> float:
        taken = _busy() - before - (sum(own.cpu_times()[:2]) - mine)
        return float(taken / ((perf_counter() - began) * (psutil.cpu_count() or 1)))

    return share


def _busy() -> float:
    times = psutil.cpu_times()
    # Not all systems have all of them; what guests take is counted in the others already.
    return float(sum(getattr(times, kind, 0.0) for kind in ("user", "nice", "system", "irq", "softirq", "steal")))


def _by_threads(ggml: Ggml, most: int) -> dict[int, float]:
    counts = sorted({*(1 << power for power in range(most.bit_length())), most})
    operations = {count: _writing(ggml, _weights(ggml, "Q8_0", _LARGE), count) for count in counts}
    _repeat(list(operations.values()), perf_counter() + _SECONDS_OF_THREADS * len(counts))
    return {count: operation.rate for count, operation in operations.items()}


def _repeat(operations: list[_Operation], until: float) -> None:
    turns = cycle(operations)
    while perf_counter() < until:
        next(turns).measure()


def _weights_rates(rates: dict[_Name, float], order: str) -> dict[str, WeightsRate]:
    return {
        # What is read faster than memory gives it came from a cache, where a whole model finds no room.
        kind: WeightsRate(min(rates["memory",], rates[order, kind, "writing"]), rates[order, kind, "reading"])
        for kind in _KINDS
        if (order, kind, "reading") in rates
    }


def _row_seconds(long: float, short: float) -> float:
    """Return what a row takes besides, from the bytes a second of the same weights in long rows and in short ones."""
    rows = 1 / Ggml.bytes_of("Q8_0", _SHORT_ROW) - 1 / Ggml.bytes_of("Q8_0", ROW)
    return max(0.0, 1 / short - 1 / long) / rows


def _attention_rate(rates: dict[_Name, float], kind: str) -> AttentionRate:
    widths = [str(width) for width in _WIDTHS]
    return AttentionRate(
        writing={width: HeadRate(rates[kind, "alone", width], rates[kind, "shared", width]) for width in widths},
        reading={width: rates[kind, "reading", width] for width in widths},
    )


def _operations(ggml: Ggml, threads: int) -> Iterator[tuple[_Name, _Operation]]:
    # F16 asks least of the processor.
    yield ("memory",), _writing(ggml, _weights(ggml, "F16", _VERY_LARGE), threads)
    yield ("short rows",), _writing(ggml, _weights(ggml, "Q8_0", _LARGE, _SHORT_ROW), threads, _SHORT_ROW)
    for kind in _KINDS:
        yield ("plain", kind, "writing"), _writing(ggml, _weights(ggml, kind, _LARGE), threads)
        yield ("plain", kind, "reading"), _reading(ggml, ggml.array(kind, ROW, _ROWS), threads)
        large, small = (ggml.repacked(kind, ROW, rows) for rows in (_rows(kind, _LARGE), _ROWS))
        if large and small:
            yield ("repacked", kind, "writing"), _writing(ggml, large, threads)
            yield ("repacked", kind, "reading"), _reading(ggml, small, threads)
    for name, kind in _KV_TYPES.items():
        for width in _WIDTHS:
            reading = _Attention(kind, width, _READING_HEADS, _READING_HEADS, _READING_TOKENS, _READING_CELLS)
            yield (name, "reading", str(width)), reading.operation(ggml, threads)
            for sharing, told in ((1, "alone"), (SHARING, "shared")):
                cells = _KEPT_WRITING // _KV_HEADS // width
                writing = _Attention(kind, width, sharing * _KV_HEADS, _KV_HEADS, 1, cells)
                yield (name, told, str(width)), writing.operation(ggml, threads)
    for name, width in (("norm", NORM_WIDTH), ("narrow norm", NARROW)):
        yield (name,), _Operation(ggml, ggml.norms(ggml.array("F32", width, 1), _NORMS), _NORMS, threads)


def _weights(ggml: Ggml, kind: str, size: int, width: int = ROW) -> Tensor:
    return ggml.array(kind, width, _rows(kind, size, width))


def _rows(kind: str, size: int, width: int = ROW) -> int:
    return size // Ggml.bytes_of(kind, width) // 64 * 64


def _writing(ggml: Ggml, weights: Tensor, threads: int, width: int = ROW) -> _Operation:
    """The product with one token; its work is the bytes of the weights."""
    return _Operation(ggml, ggml.product(weights, ggml.array("F32", width, 1)), weights.size, threads)


def _reading(ggml: Ggml, weights: Tensor, threads: int) -> _Operation:
    """The product with many tokens; its work is multiplications and additions."""
    product = ggml.product(weights, ggml.array("F32", ROW, _TOKENS))
    return _Operation(ggml, product, 2 * ROW * _ROWS * _TOKENS, threads)


@dataclass(frozen=True, slots=True)
class _Attention:
    """Attention of so many ``tokens`` to the keys and values in so many ``cells``.

    Attributes:
        kind: type of the keys and values.
        width: numbers of a head.
        heads: of the queries.
        kv_heads: of the keys and values.
    """

    kind: str
    width: int
    heads: int
    kv_heads: int
    tokens: int
    cells: int

    def operation(self, ggml: Ggml, threads: int) -> _Operation:
        """Its work is multiplications and additions: of each query with all keys, then of all values."""
        queries = ggml.array("F32", self.width, self.tokens, self.heads)
        # As they lie in llama.cpp's cache: those of all heads of a token together.
        keys, values = (ggml.array(self.kind, self.width, self.kv_heads, self.cells) for _ in range(2))
        mask = ggml.array("F16", self.cells, -(-self.tokens // _MASKED) * _MASKED)
        work = 4 * self.width * self.cells * self.tokens * self.heads
        return _Operation(ggml, ggml.attention(queries, keys, values, mask), work, threads)


def main() -> None:
    """Measure, answer, end."""
    until = perf_counter() + _SECONDS
    os.environ.update(ENVIRONMENT)
    parent = ParentPipe()
    parent.listen()
    parent.send(asdict(_measured(Ggml(_ROOM), parent.next()["threads"], until)))
    os._exit(0)


if __name__ == "__main__":
    main()
