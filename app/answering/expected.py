"""What a question asks for, as far as its form tells: a date, a number or a name. In English; else nothing is told."""

import re
from collections.abc import Callable

from app.answering.evidence import Sentence

_DATE = re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|century|month|day|decade|season)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|large|big|high|often|fast|wide|deep|heavy)\b|"
    r"\b(?:what|which) (?:percentage|percent|number|amount|proportion|share|sum)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:who|whom|whose|where)\b|\b(?:what|which) (?:city|country|state|place|town|person|company)\b", re.IGNORECASE
)

_HAS_DATE = re.compile(
    r"\b(?:1\d\d\d|20\d\d)\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d+(?:st|nd|rd|th)\b|\b\d+\s*(?:BC|AD|BCE|CE)\b|"
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b|"
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_HAS_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|"
    r"million|billion|half|third|quarter|dozen|once|twice|daily|weekly|monthly|annually|yearly)\b",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"(?<!^)\b[A-Z]\w+")
_WORD = re.compile(r"\w+")


def has_expected(question: str) -> Callable[[Sentence], bool]:
    """Return a test of whether a sentence has what a question asks for; every sentence has, where that is not known."""
    if _DATE.search(question):
        return lambda sentence: bool(_HAS_DATE.search(sentence.text))
    if _NUMBER.search(question):
        return lambda sentence: bool(_HAS_NUMBER.search(sentence.text))
    if _NAME.search(question):
        asked = {word.lower() for word in _WORD.findall(question)}
        return lambda sentence: any(name.lower() not in asked for name in _CAPITALISED.findall(sentence.text))
    return lambda _sentence: True
