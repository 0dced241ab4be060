"""One spelling for what has several: dates, amounts, units. What is equal afterwards says the same."""

import re

from app.domain.english import MONTHS

_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_DAY, _YEAR = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?", r"(?P<year>[12]\d{3})"
# Not 3/4/2027, which is another day in London than in Boston.
_DATES = (
    re.compile(rf"\b{_DAY} (?:of )?{_MONTH},? {_YEAR}\b"),
    re.compile(rf"\b{_MONTH} {_DAY},? {_YEAR}\b"),
    re.compile(rf"\b{_YEAR}-(?P<number>0[1-9]|1[0-2])-{_DAY}\b(?![-\d])"),
    re.compile(rf"\b{_DAY}\.(?P<number>0?[1-9]|1[0-2])\.{_YEAR}\b(?!\.?\d)"),
)

_ONES = ["two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# Not "one", which is mostly no number.
_WORDS = {word: number for number, word in enumerate([*_ONES, *_TEENS], start=2)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, start=2)}
_WORDS |= {f"{ten}-{one}": _WORDS[ten] + number for ten in _TENS for number, one in enumerate(["one", *_ONES], start=1)}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b(?!-)", re.IGNORECASE)

_GROUPING = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "mn": 6, "bn": 9}
_SCALED = re.compile(
    r"(?<![\d.,])(?P<number>\d+(?:\.\d+)?)[ -](?P<scale>thousand|million|billion|trillion)\b|"
    r"(?<=[$€£¥])(?P<short>\d+(?:\.\d+)?) ?(?P<letter>k|mn|m|bn)\b",
    re.IGNORECASE,
)
_POINT_NOUGHT = re.compile(r"(?<=[$€£¥])(\d+)\.00?(?![\d.])")

# The sign comes first, as in most papers.
_CODES = tuple(
    (re.compile(rf"\b(?:{code}) ?(?=\d)"), sign) for code, sign in (("USD", "US$"), ("EUR", "€"), ("GBP", "£"))
)
_CURRENCIES = tuple(
    (re.compile(rf"\b(\d+(?:\.\d+)?) ?(?:{name})(?!\w)"), rf"{sign}\1")
    for name, sign in ((r"USD|U\.?S\.? dollars?", "US$"), ("EUR|euros?|€", "€"), ("GBP|£", "£"), ("dollars?", "$"))
)
_UNITS = {
    "%": r"per ?cent|percent|pct", "km": r"kilomet(?:er|re)s?", "m": r"met(?:er|re)s?", "cm": r"centimet(?:er|re)s?",
    "mm": r"millimet(?:er|re)s?", "ft": r"foot|feet", "kg": r"kilograms?|kilos?", "g": r"grams?", "mg": r"milligrams?",
    "µg": r"micrograms?|mcg|μg", "l": r"lit(?:er|re)s?|L", "ml": r"millilit(?:er|re)s?|mL", "h": r"hours?|hrs?",
    "min": r"minutes?|mins?", "°C": r"degrees? Celsius|degrees? C|° C", "°F": r"degrees? Fahrenheit|° F",
    "kW": r"kilowatts?", "kWh": r"kilowatt[ -]hours?", "bar": r"bars", "V": r"volts?",
}  # fmt: skip
_UNIT_SPELLINGS = tuple(
    (re.compile(rf"(?<=\d)[ -]?(?:{long}|{re.escape(short)})(?!\w)"), f" {short}") for short, long in _UNITS.items()
)


def spelled(text: str) -> str:
    """Return a text with its dates as "3 May 2027", and its amounts in digits, with the unit's sign."""
    text = _GROUPING.sub("", text)
    for date in _DATES:
        text = date.sub(_date, text)
    text = _NUMBER_WORD.sub(lambda found: str(_WORDS[found[0].lower()]), text)
    for code, sign in _CODES:
        text = code.sub(sign, text)
    text = _SCALED.sub(_in_full, text)
    for currency, sign in _CURRENCIES:
        text = currency.sub(sign, text)
    text = _POINT_NOUGHT.sub(r"\1", text)
    for unit, spelling in _UNIT_SPELLINGS:
        text = unit.sub(spelling, text)
    return text


def _date(found: re.Match[str]) -> str:
    parts = found.groupdict()
    month = parts.get("month") or MONTHS[int(parts["number"]) - 1]
    return f"{int(parts['day'])} {month} {parts['year']}"


def _in_full(found: re.Match[str]) -> str:
    number, scale = found["number"] or found["short"], found["scale"] or found["letter"]
    whole, _, fraction = number.partition(".")
    places = _SCALES[scale.lower()]
    if len(fraction) > places:
        return found[0]
    return str(int(whole + fraction.ljust(places, "0")))
