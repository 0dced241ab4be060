"""Which texts go through a model together, and how many such batches at once."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# Tokens in a batch, padding included. Each batch has one thread to itself, and there are as many batches as threads:
# 6,700 tokens/s on two cores, against 6,200 for the best of batches that share two threads (of 128 to 4,096 tokens).
# What a batch this small computes stays in the processor's cache.
TOKEN_BUDGET = 384
# Batches begun for each thread and not yet taken: enough to keep them busy while the taker writes to the disk.
_AHEAD = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """What came out of a model together.

    Attributes:
        places: of the texts in the sequence that was given.
        vectors: of those texts, shape (texts, dimensions).
        tokens: that reached the model: prefix and special ones counted, padding and what was truncated not.
        signs: of the words of each text, see `app.models.word_vectors`; empty where the runtime gives none.
    """

    places: list[int]
    vectors: NDArray[np.float32]
    tokens: int
    signs: list[bytes]


@dataclass(frozen=True, slots=True)
class Row:
    """A text on its way to a model.

    Attributes:
        ids: its tokens, the special ones included, as far as the recipe lets them through.
        text: what of it these tokens stand for.
        words: the tokens of each word, see `app.models.word_vectors`.
    """

    ids: Sequence[int]
    text: str
    words: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a model makes of rows.

    Attributes:
        vectors: of each row, as the recipe says: shape (rows, dimensions).
        words: vectors of the words of each row, shape (words, components); None where the runtime gives none.
    """

    vectors: NDArray[np.float32]
    words: list[NDArray[np.float32]] | None


def by_length(lengths: Sequence[int], token_budget: int) -> list[list[int]]:
    """Group texts of similar length, so that little is padded.

    Args:
        lengths: tokens of each text.
        token_budget: tokens of a group at most, padding included; a longer text is a group of its own.

    Returns:
        Places in ``lengths``, each in exactly one group; the longest texts first, so that memory peaks at once.
    """
    groups: list[list[int]] = []
    longest = 0
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if groups and (len(groups[-1]) + 1) * longest <= token_budget:
            groups[-1].append(place)
        else:
            groups.append([place])
            longest = lengths[place]
    return groups


def computed(
    batches: Sequence[list[int]], compute: Callable[[list[int]], T], at_once: int, name: str
) -> Generator[T, None, None]:
    """Compute batches, several at once, and yield what came out, in order. Closing the iterator stops the work.

    Args:
        batches: as `by_length` makes them.
        compute: computes one of them, on any thread.
        at_once: batches computed at once.
        name: of the threads.
    """
    if len(batches) == 1:
        yield compute(batches[0])
        return
    pool = ThreadPoolExecutor(at_once, name)
    try:
        begun: deque[Future[T]] = deque()
        for places in batches:
            begun.append(pool.submit(compute, places))
            if len(begun) > at_once * _AHEAD:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
