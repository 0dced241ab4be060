"""Which texts go through a model together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """What came out of a model together.

    Attributes:
        places: of the texts in the sequence that was given.
        vectors: of those texts, shape (texts, dimensions).
        tokens: that reached the model: prefix and special ones counted, padding and what was truncated not.
    """

    places: list[int]
    vectors: NDArray[np.float32]
    tokens: int


@dataclass(frozen=True, slots=True)
class Row:
    """A text on its way to a model.

    Attributes:
        ids: its tokens, the special ones included, as far as the recipe lets them through.
        text: what of it these tokens stand for.
    """

    ids: Sequence[int]
    text: str


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
