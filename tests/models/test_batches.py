"""Groups of similar length within a budget."""

import numpy as np
import pytest

from app.models.batches import by_length


@pytest.mark.parametrize("budget", [1, 60, 384, 100_000])
def test_every_place_is_in_one_group_within_the_budget(budget: int) -> None:
    lengths = [int(length) for length in np.random.default_rng(5).integers(2, 257, 300)]
    groups = by_length(lengths, budget)
    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    assert all(len(group) == 1 or len(group) * max(lengths[place] for place in group) <= budget for group in groups)


def test_similar_lengths_go_together() -> None:
    assert by_length([10, 200, 11, 190, 12], 400) == [[1, 3], [4, 2, 0]]


def test_little_is_padded() -> None:
    lengths = [int(length) for length in np.random.default_rng(11).integers(2, 257, 500)]
    groups = by_length(lengths, 384)
    padded = sum(len(group) * max(lengths[place] for place in group) for group in groups)
    assert padded < 1.02 * sum(lengths)


def test_nothing_is_no_group() -> None:
    assert by_length([], 384) == []
