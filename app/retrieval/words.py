"""The words of a question: what it asks the full-text index for, and what texts are compared by."""

import re
from collections.abc import Callable, Iterable
from itertools import accumulate

from app.models.word_vectors import words_of
from app.retrieval.small_words import ENGLISH, small_among
from app.retrieval.variants import variants

MOST_TERMS = 64
"""Terms of a question that are looked up; the rest of a text pasted as a question is left out."""

QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»')
"""What stands in quotation marks, which is meant as it is."""

_STEM_LENGTH = 6
_ASKS = re.compile(
    r"\?|^\W*(?:(?:and|but|in|on|at|by|for|from|of|since|to|under|until|with) )?"
    r"(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|am|do|does|did|can|could|has|have|had|may|might|"
    r"must|shall|should|will|would|compare|count|describe|explain|find|give|list|name|show|tell)\b",
    re.IGNORECASE,
)

UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
"""A character of Chinese, Japanese or Thai, which have no spaces between words."""

_LIGATURE = {
    "ffi": "\N{LATIN SMALL LIGATURE FFI}",
    "ffl": "\N{LATIN SMALL LIGATURE FFL}",
    "ff": "\N{LATIN SMALL LIGATURE FF}",
    "fi": "\N{LATIN SMALL LIGATURE FI}",
    "fl": "\N{LATIN SMALL LIGATURE FL}",
}
_LIGATURES = re.compile("|".join(_LIGATURE))
_IN_LETTERS = str.maketrans({ligature: letters for letters, ligature in _LIGATURE.items()})

MOST_HITS = 15_000
"""Places in the full-text index that the terms of a question may have: reading them takes the time of a search. The
commonest are left out, which tell least; never the two rarest, without which it would be another question."""

_FEWEST = 2


def expression(question: str, frequency: Callable[[str], int] = lambda _term: 0) -> str:
    """Return the FTS5 MATCH expression for a question: any of its words, and its phrases in quotation marks.

    Whatever stands in the question is looked up as words: nothing of it can act as FTS5 syntax. Empty where the
    question has no word.

    Args:
        question: any text.
        frequency: tells how often a term stands in the library; 0 for all = none is too common.
    """
    phrases = [" ".join(words) for words in map(_words, _quoted(question)) if len(words) > 1]
    terms = list(dict.fromkeys([*phrases, *content_words(question)]))[:MOST_TERMS]
    others = (other for term in terms for other in (with_ligatures(term), *variants(term)) if other != term)
    terms += dict.fromkeys(other for other in others if frequency(other))
    affordable = _affordable(terms, frequency)
    return " OR ".join(f'"{term}"' for term in affordable)


def in_a_row(text: str) -> str:
    """Return the words of a text as a term of the full-text index: what has them, has them in a row."""
    return " ".join(_words(text))


def with_ligatures(text: str) -> str:
    """Return a text as many PDFs have it, "fi" being one character."""
    return _LIGATURES.sub(lambda found: _LIGATURE[found[0]], text)


def asks(question: str) -> bool:
    """Say whether something is asked, in English, rather than a statement or some words looked for."""
    return bool(_ASKS.search(question))


def stems(text: str) -> frozenset[str]:
    """Return the words of a text, each in the singular and cut to a length at which its usual endings are gone."""
    return frozenset(map(_stem, _words(text)))


def content_words(text: str) -> list[str]:
    """Return the words that say what a text is about, in small letters; all where it has nothing but small ones."""
    return _telling(_words(text))


def content_stems(text: str) -> frozenset[str]:
    """Return the `stems` that say what a text is about; all where it has nothing but small words."""
    return frozenset(map(_stem, content_words(text)))


def part_in(question: str, text: str) -> float:
    """Return the part of a question's words that a text has, in either English: 0 to 1; small words do not count."""
    here = stems(text)
    sought = [{_stem(word), *map(_stem, variants(word))} for word in dict.fromkeys(content_words(question))]
    return sum(not here.isdisjoint(forms) for forms in sought) / max(len(sought), 1)


def _stem(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
    return word[:_STEM_LENGTH]


def _affordable(terms: list[str], frequency: Callable[[str], int]) -> list[str]:
    times = {term: frequency(term) for term in terms}
    rarest = sorted(terms, key=lambda term: times[term])
    totals = dict(zip(rarest, accumulate(times[term] for term in rarest), strict=True))
    return [term for term in terms if totals[term] <= MOST_HITS or term in rarest[:_FEWEST]]


def small(word: str) -> bool:
    """Say whether an English word in small letters says little of what a text is about."""
    return word in ENGLISH


def small_words(text: str) -> frozenset[str]:
    """Return the words of a text that say little of what it is about."""
    return small_among(_words(text))


def _words(text: str) -> list[str]:
    return words_of(text.lower().translate(_IN_LETTERS))


def _telling(words: list[str]) -> list[str]:
    little = small_among(words)
    return [word for word in words if word not in little] or words


def _quoted(question: str) -> Iterable[str]:
    return ("".join(groups) for groups in QUOTED.findall(question))
