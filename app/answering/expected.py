"""What a question asks for, as far as its form tells: a date, a number, a place or a person. In English only."""

import re
from collections.abc import Callable
from enum import Enum, auto

from app.answering.denial import asks_what_is_not, denies
from app.answering.evidence import Sentence
from app.domain.english import MONTHS
from app.retrieval.words import small

Span = tuple[int, int]
"""First character of a part of a text, and one after its last."""


class Kind(Enum):
    """What an answer has to have."""

    DATE = auto()
    NUMBER = auto()
    PLACE = auto()
    PERSON = auto()


# "When" and "where" join clauses too. They ask where a verb follows, or nothing.
_ASKS = (
    r"(?=\W*$|\W+(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)\b)"
)
_QUESTION_WORD = re.compile(
    r"\b(?:"
    r"(?P<NUMBER>how (?:many|much|long|old|far|tall|large|big|high|often|fast|wide|deep|heavy)|"
    r"(?:what|which) (?:(?:is|are|was|were) )?(?:the )?(?:percentage|percent|number|amount|proportion|share|sum))|"
    rf"(?P<DATE>when{_ASKS}|(?:what|which) (?:(?:year|date|century|month|day|decade|season)s?|centuries))|"
    rf"(?P<PLACE>where{_ASKS}|(?:what|which) (?:city|country|state|place|town))|"
    r"(?P<PERSON>who|whom|whose|(?:what|which) (?:person|company))|"
    r"what|which|why|how)\b",
    re.IGNORECASE,
)

_MONTH = f"(?:{'|'.join(MONTHS)})"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d{3}|20\d\d)"
_SMALL_NUMBER = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_LARGE_NUMBER = "(?:hundred|thousand|million|billion|trillion|dozen)"
_CAPITALISED = r"(?:[A-Z][\w’'.-]*\w|[A-Z]\.)"
# Months and days of the week, which are written with a capital and are no names.
_CALENDAR = re.compile(rf"{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")

_DATES = re.compile(
    rf"\b{_DAY}(?: of)? {_MONTH}\b(?:,? {_YEAR}\b)?|\b{_MONTH} {_DAY}\b(?:,? {_YEAR}\b)?|"
    rf"\b{_MONTH},?(?: of)? {_YEAR}\b|\b{_MONTH}\b(?! [A-Z])|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|"
    r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{4}-\d\d-\d\d\b|\b\d+\s*(?:BC|AD|BCE|CE)\b|"
    r"\b(?:\d+(?:st|nd|rd|th)|\w+(?:th|first|second|third))[ -][cC]entur(?:y|ies)\b|"
    rf"\b{_YEAR}(?:s\b|\b(?![\d,.]*\d)(?:\s?[–-]\s?(?:\d\d|\d{{4}})\b)?)"
)
_NUMBERS = re.compile(
    rf"[$€£¥]?(?<![\w.,])\d+(?:[,.]\d+)*(?!\w|[,.]\d)(?: {_LARGE_NUMBER}\b)?(?: ?%| per ?cent\b)?|"
    rf"\b{_SMALL_NUMBER}(?:-{_SMALL_NUMBER})?\b(?: {_LARGE_NUMBER}\b)*|\b{_LARGE_NUMBER}s?\b|"
    r"\b(?:half|third|quarter|once|twice|daily|weekly|monthly|annually|yearly)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(rf"\b{_CAPITALISED}(?:(?: | (?:of|of the|de|du|la|van|von|al) ){_CAPITALISED})*")
_WORD = re.compile(r"\w+")


def asked_for(question: str) -> Kind | None:
    """Return what a question asks for, by the first of its words that asks; None where that does not tell."""
    asking = _QUESTION_WORD.search(question)
    return Kind[asking.lastgroup] if asking and asking.lastgroup else None


def values(kind: Kind, text: str) -> list[Span]:
    """Return the dates, numbers or names in a text, in order."""
    if kind is Kind.DATE:
        return [date.span() for date in _DATES.finditer(text)]
    if kind is Kind.NUMBER:
        return [number.span() for number in _NUMBERS.finditer(text) if not re.fullmatch(_YEAR, number[0])]
    return [span for name in _NAMES.finditer(text) if (span := _without_small_words(text, *name.span()))]


def new_values(kind: Kind, question: str, text: str) -> list[Span]:
    """Return those `values` that the question does not have itself."""
    asked = _words(question)
    return [(start, end) for start, end in values(kind, text) if not _words(text[start:end]) <= asked]


def has_expected(question: str) -> Callable[[Sentence], bool]:
    """Return a test of whether a sentence has what a question asks for; every sentence has, where that is not known."""
    kind, denied = asked_for(question), asks_what_is_not(question)

    def test(sentence: Sentence) -> bool:
        value = kind is None or bool(new_values(kind, question, sentence.text))
        return value and (not denied or denies(sentence.text))

    return test


def _without_small_words(text: str, start: int, end: int) -> Span | None:
    """Leave out the first words of a sentence that have a capital for no other reason; None where nothing is left.

    Nothing is left either of a single word that the text begins with: nobody knows whether it is a name.
    """
    first = _WORD.match(text, start)
    if first and start == 0 and first.end() == end:
        return None
    while first and first.end() <= end and small(first[0].lower()):
        after = _WORD.search(text, first.end(), end)
        if after is None:
            return None
        first, start = after, after.start()
    return None if _CALENDAR.fullmatch(text, start, end) else (start, end)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))
