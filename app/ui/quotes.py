"""Finding a quote again in a text that may differ from the stored one in its white space."""

from collections.abc import Iterator

IGNORED = frozenset("\u00ad\ufffe\uffff\u0002\u200b\ufeff")
"""Soft hyphens and marks without a shape, which readers of PDF keep or drop."""


def letters(text: str) -> str:
    """Return what is left of a text without white space and marks without a shape."""
    return "".join(letter for _, letter in _letters(text))


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in white space and marks without a shape only, and are not empty."""
    return bool(letters(one)) and letters(one) == letters(other)


def find_quote(text: str, quote: str, near: int) -> tuple[int, int] | None:
    """Return start and end of the quote in ``text``, of the occurrence nearest to ``near``; None without one."""
    places, shown = [], []
    for place, letter in _letters(text):
        places.append(place)
        shown.append(letter)
    haystack, needle = "".join(shown), letters(quote)
    if not needle:
        return None
    best: tuple[int, int] | None = None
    at = haystack.find(needle)
    while at >= 0:
        found = places[at], places[at + len(needle) - 1] + 1
        if best is None or abs(found[0] - near) < abs(best[0] - near):
            best = found
        at = haystack.find(needle, at + 1)
    return best


def utf16_offset(text: str, offset: int) -> int:
    """Return the place of a character in the UTF-16 units that Qt counts in."""
    return offset + sum(letter > "\uffff" for letter in text[:offset])


def _letters(text: str) -> Iterator[tuple[int, str]]:
    return ((place, letter) for place, letter in enumerate(text) if not letter.isspace() and letter not in IGNORED)
