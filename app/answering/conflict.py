"""Documents that do not agree: sentences that meet the same words of a question and give it different values."""

import re
from collections.abc import Sequence

from app.answering.evidence import Sentence
from app.answering.expected import Kind, Span, asked_for
from app.answering.marking import marks
from app.answering.values import spelled
from app.retrieval.words import content_stems, stems

LOOKED_AT = 8
"""Sentences, the best ones."""

_ENOUGH = 0.75
"""Of the question's words, the part that the sentences have: with less, they speak of different things."""

# In characters: shorter words begin too many others.
_SHORTEST = 3
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WHAT = re.compile(r"\b(?:what|which)\b", re.IGNORECASE)
_UNIT = re.compile(r"[\s-]*([^\W\d_]+)")


def sides(question: str, ranked: Sequence[Sentence]) -> list[tuple[Sentence, str]]:
    """Return sentences of different documents that do not agree, each with its value, the best first.

    Args:
        question: asks for a date, a number, a place or a person. Where it asks for something else, only numbers are
            known to be values, in sentences that are the same but for them.
        ranked: sentences, best first.

    Returns:
        One sentence a document, two at least; empty where no documents are known to differ.
    """
    kind, sought = asked_for(question), content_stems(question)
    best = ranked[0] if ranked else None
    if best is None or len(_met(sought, best)) < _ENOUGH * len(sought):
        return []
    if kind is None:
        return _same_but_for_numbers(ranked[:LOOKED_AT]) if _WHAT.search(question) else []
    found: list[tuple[Sentence, Span]] = []
    for sentence in ranked[:LOOKED_AT]:
        marked = marks(question, sentence.text)
        alike = _met(sought, sentence) == _met(sought, best)
        if marked and alike and all(_differ(kind, (sentence, marked[0]), side) for side in found):
            found.append((sentence, marked[0]))
        elif sentence is best:
            return []
    return [(sentence, sentence.text[start:end]) for sentence, (start, end) in found] if len(found) > 1 else []


def _same_but_for_numbers(ranked: Sequence[Sentence]) -> list[tuple[Sentence, str]]:
    sought, _ = _form(ranked[0])
    found: dict[str, tuple[Sentence, str]] = {}
    for sentence in ranked:
        own, numbers = _form(sentence)
        if numbers and own == sought and all(numbers != others for _, others in found.values()):
            found.setdefault(sentence.passage.document, (sentence, numbers))
    return list(found.values()) if len(found) > 1 else []


def _form(sentence: Sentence) -> tuple[str, str]:
    """Return a sentence without its numbers, and these."""
    text = spelled(sentence.text)
    return _NUMBER.sub("#", text.lower()), ", ".join(_NUMBER.findall(text))


def _met(sought: frozenset[str], sentence: Sentence) -> frozenset[str]:
    """Return the words sought that a sentence has, in any form: "end" is met by "ends"."""
    said = [word for word in stems(sentence.text) if len(word) >= _SHORTEST]
    return frozenset(word for word in sought if any(one.startswith(word) or word.startswith(one) for one in said))


def _differ(kind: Kind, one: tuple[Sentence, Span], other: tuple[Sentence, Span]) -> bool:
    """Say whether sentences of two documents give values that can be compared, and are not the same."""
    (sentence, span), (opposite, place) = one, other
    if sentence.passage.document == opposite.passage.document:
        return False
    if kind is Kind.NUMBER and _unit(sentence.text, span) != _unit(opposite.text, place):
        return False
    value, against = _words(sentence.text, span), _words(opposite.text, place)
    return not (value <= against or against <= value)


def _unit(text: str, span: Span) -> frozenset[str]:
    """Return the word after a number, and its sign of a currency or of a share."""
    after = _UNIT.match(text, span[1])
    signs = frozenset(sign for sign in text[span[0] : span[1]] if sign in "$€£¥%")
    return signs | (stems(after[1]) if after else frozenset())


def _words(text: str, span: Span) -> frozenset[str]:
    said = _WORD.findall(spelled(text[span[0] : span[1]]).lower())
    return frozenset("1" if word == "one" else word for word in said)
