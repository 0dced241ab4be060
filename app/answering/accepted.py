"""Whether a text holds an answer that is known to be right."""

import re
from collections.abc import Sequence


def contains(text: str, answers: Sequence[str]) -> bool:
    """Say whether a text contains the words of one of the answers, whatever its punctuation and capitals."""
    said = f" {' '.join(words(text))} "
    return any(f" {' '.join(words(answer))} " in said for answer in answers)


def words(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return re.findall(r"\w+", text.lower())
