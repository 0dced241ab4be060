"""Sums and differences that no sentence states: the documents give the amounts, the program reckons.

Only where the question says what is to be reckoned between which two things, by a year or a name each, and where the
documents give one amount for each, of the same unit. In English.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from app.answering.evidence import Sentence, cite, sentences_of
from app.answering.values import spelled
from app.domain.answers import Claim, Passage
from app.domain.english import MONTHS, words
from app.retrieval.words import content_stems, stems

_NAME = r"(?:the )?[A-Z][\w&.-]*(?: (?:of |the )?[A-Z][\w&.-]*)*"
_THING = rf"(?:(?:the )?(?:year )?[12]\d{{3}}|{_NAME})"
_BETWEEN = r"(?:and|to|than|or|over|compared (?:to|with)|plus)(?: (?:in|for|of|did))?"
_PAIRED = re.compile(rf"(?P<first>{_THING}) {_BETWEEN} (?P<second>{_THING})")
_THAN = re.compile(
    r"\b(?:did|does|do|had|has|in|was|were|is|are|by|of) "
    rf"(?P<first>{_THING})\b.* than (?:in |for |of |did )?(?P<second>{_THING})"
)
_MOVES = "grow|grew|rise|rose|increase|fall|fell|decrease|drop|change|decline"
_DIFFERENCE = re.compile(rf"\bdifference\b|\bhow (?:much|many)\b.*\b(?:more|less|fewer|{_MOVES})\b", re.IGNORECASE)
_PERCENT = re.compile(rf"\b(?:percentage|percent|per cent|rate)\b.*\b(?:{_MOVES})|\bgrowth rate\b", re.IGNORECASE)
_SUM = re.compile(r"\b(?:total|sum|together|combined|altogether)\b", re.IGNORECASE)

_AMOUNT = re.compile(
    r"(?P<sign>US\$|[$€£¥])?(?<![\w.,-])(?P<number>\d+(?:\.\d+)?)(?![\d.]*\d)(?: (?P<unit>%|°?[^\W\d_]+))?"
)
_DATE = re.compile(rf"\b(?:\d{{1,2}} )?(?:{'|'.join(MONTHS)}) [12]\d{{3}}\b")
_YEAR = re.compile(r"[12]\d{3}")
# Words after a number that are no unit.
_NO_UNIT = words("in of for and to from by at on per the a an were was is are had has have with as or than during")
# Of the question, what says how to reckon, and not with what.
_RECKONING = stems(
    "difference more less fewer growth percentage percent rate total sum together combined altogether year amount "
    + _MOVES.replace("|", " ")
)
# Of the question's words, those besides the things compared, so large a part stands in a sentence that gives an amount.
_SAME_MATTER = 0.5


class _Operation(Enum):
    DIFFERENCE = auto()
    PERCENT = auto()
    SUM = auto()


@dataclass(frozen=True, slots=True)
class _Amount:
    number: Decimal
    sign: str
    unit: str

    def __str__(self) -> str:
        unit = self.unit if self.unit in ("", "%") else f" {self.unit}"
        return f"{self.sign}{self.number:,f}{unit}"

    def like(self, other: "_Amount") -> bool:
        return (self.sign, self.unit.removesuffix("s")) == (other.sign, other.unit.removesuffix("s"))


@dataclass(frozen=True, slots=True)
class _Given:
    thing: str
    amount: _Amount
    sentence: Sentence


def reckon(question: str, passages: Iterable[Passage]) -> Claim | None:
    """Return what a question asks to be reckoned, with a citation of each amount; None where that is not certain."""
    asked = _asked(question)
    if asked is None:
        return None
    operation, things = asked
    matter = content_stems(question) - {stem for thing in things for stem in stems(thing)} - _RECKONING
    sentences = sentences_of(passages)
    given = [_given(thing, other, matter, sentences) for thing, other in (things, things[::-1])]
    first, second = given
    if first is None or second is None or not first.amount.like(second.amount):
        return None
    text = _told(operation, first, second)
    return Claim(text, True, cite(first.sentence) + cite(second.sentence), reckoned=True) if text else None


def _asked(question: str) -> tuple[_Operation, tuple[str, str]] | None:
    kinds = ((_Operation.PERCENT, _PERCENT), (_Operation.DIFFERENCE, _DIFFERENCE), (_Operation.SUM, _SUM))
    operation = next((kind for kind, form in kinds if form.search(question)), None)
    pair = _PAIRED.search(question) or _THAN.search(question)
    if operation is None or pair is None:
        return None
    first, second = (_bare(pair[name]) for name in ("first", "second"))
    return (operation, (first, second)) if first != second else None


def _bare(thing: str) -> str:
    return thing.removeprefix("the ").removeprefix("year ")


def _given(thing: str, other: str, matter: frozenset[str], sentences: Sequence[Sentence]) -> _Given | None:
    """Return the one amount that the sentences give for a thing; None where they give none, or several."""
    found = [
        _Given(thing, amount, sentence)
        for sentence in sentences
        if re.search(rf"\b{re.escape(thing)}\b", sentence.text)
        and len(matter & stems(sentence.text)) >= max(1, _SAME_MATTER * len(matter))
        for amount in _amounts(thing, other, spelled(sentence.text))
    ]
    return found[0] if len({given.amount for given in found}) == 1 else None


def _amounts(thing: str, other: str, text: str) -> Iterator[_Amount]:
    """Yield the amounts that a sentence may give for a thing; where it names the other too, the one beside it."""
    # A date, or a year that is named, is no amount.
    bare = _DATE.sub(lambda found: "x" * len(found[0]), text)
    places = [place for place in _AMOUNT.finditer(bare) if not _is_year(place)]
    if re.search(rf"\b{re.escape(other)}\b", text):
        beside = re.compile(rf"[^\d,;]{{0,30}}\b(?:in|for|by|of|from) {re.escape(thing)}\b")
        places = [place for place in places if beside.match(bare, place.end("number"))]
    yield from (_amount(place) for place in places)


def _is_year(place: re.Match[str]) -> bool:
    return not place["sign"] and bool(_YEAR.fullmatch(place["number"])) and (place["unit"] or "in") in _NO_UNIT


def _amount(place: re.Match[str]) -> _Amount:
    unit = place["unit"] or ""
    return _Amount(Decimal(place["number"]), place["sign"] or "", "" if unit in _NO_UNIT or place["sign"] else unit)


def _told(operation: _Operation, first: _Given, second: _Given) -> str:
    one, other = f"{first.amount} ({first.thing})", f"{second.amount} ({second.thing})"
    number, before = second.amount.number, first.amount.number
    if operation is _Operation.SUM:
        return f"{one} + {other} = {_like(first.amount, before + number)}"
    more, less = (other, one) if number >= before else (one, other)
    difference = f"{more} − {less} = {_like(first.amount, abs(number - before))}"
    if operation is _Operation.DIFFERENCE:
        return difference
    if not before or not first.thing.isdigit() or not second.thing.isdigit():
        return ""
    share = (100 * (number - before) / before).quantize(Decimal("0.1")).normalize()
    return f"{difference}; that is {share:+f} % of {first.amount}"


def _like(amount: _Amount, number: Decimal) -> str:
    return str(_Amount(number, amount.sign, amount.unit))
