"""Which words of a sentence answer the question.

They are the date, number or name nearest to the words that both have, or what an abbreviation stands for. No mark
is better than a wrong one: there is one only where the question asks for such a thing, and one stands clearly nearer
than the others.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from app.answering.expected import Kind, Span, asked_for, new_values
from app.retrieval.definitions import term_asked, written_out
from app.retrieval.words import content_stems, stems

_CLEARLY = 2.0
"""How much nearer than the others. Of the first sentences of answers to squad's questions that hold an accepted answer,
17 in 100 have a mark that is right, and 1 one that is wrong (at 1.3: 20 and 3)."""

_WORD = re.compile(r"[^\W_]+")
# What stands before the name of a place, and of whoever did something.
_AT = re.compile(
    r"\b(?:in|at|near|from|through|across|within|into|outside|around|on|of|for|after|during)(?: the| an?)? $"
)
_TO = re.compile(r"\b(?:to|called|named)(?: the| an?)? $")
_BY = re.compile(r"\bby(?: the)? $")
# The currency of an amount, before it and behind it.
_CODE = re.compile(r"\b(?:(?:CHF|EUR|GBP|USD)[ \N{NO-BREAK SPACE}]?|US)\Z")
_CURRENCY = re.compile(
    r"[ \N{NO-BREAK SPACE}](?:(?:CHF|EUR|GBP|USD)\b|(?:cent|dollar|euro|franc|pound)s?\b|€)", re.IGNORECASE
)


def marks(question: str, text: str) -> tuple[Span, ...]:
    """Return the characters of a sentence that answer a question; none where that is not sure."""
    if term := term_asked(question):
        long_form = written_out(term, text)
        return (long_form,) if long_form else ()
    kind = asked_for(question)
    if kind is None:
        return ()
    near = sorted(_near(kind, content_stems(question), text, new_values(kind, question, text)), reverse=True)
    if not near or (len(near) > 1 and near[0][0] < _CLEARLY * near[1][0]):
        return ()
    value = near[0][1]
    if kind is Kind.NUMBER:
        return (_with_currency(text, *value),)
    return (value,) if _fits(kind, text, *value) else ()


def _with_currency(text: str, start: int, end: int) -> Span:
    before, after = _CODE.search(text[:start]), _CURRENCY.match(text, end)
    return before.start() if before else start, after.end() if after else end


def _near(kind: Kind, sought: frozenset[str], text: str, found: Iterable[Span]) -> Iterator[tuple[float, Span]]:
    """Yield values, each with how near it is: the sum of 1 ÷ distance, in words, of the words that the question has."""
    words = list(_WORD.finditer(text))
    starts = [word.start() for word in words]
    met = [place for place, word in enumerate(words) if stems(word[0]) & sought]
    for start, end in found:
        if kind in (Kind.PLACE, Kind.PERSON) and stems(text[start:end]) & sought:
            continue
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
        near = sum(1 / max(first - place, place - last) for place in met if not first <= place <= last)
        yield near * (2 if kind is Kind.PERSON and _BY.search(text, 0, start) else 1), (start, end)


def _fits(kind: Kind, text: str, start: int, end: int) -> bool:
    """Say whether a name can be what is asked for, by what stands before it."""
    if kind is Kind.PERSON:
        # Of a single word it is not known whether it is a name, at the beginning of a sentence or anywhere.
        several = len(text[start:end].split()) > 1
        return bool(_BY.search(text, 0, start)) or (several and not _AT.search(text, 0, start))
    if kind is Kind.PLACE:
        return bool(_AT.search(text, 0, start) or _TO.search(text, 0, start))
    return True
