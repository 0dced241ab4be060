"""Which texts go through a model together."""

from collections.abc import Sequence


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
