"""Whether a claim can be read off a sentence: its words stand there, in its order, with nothing left out but asides.

Deliberately narrow. Words that are merely near in meaning prove nothing: "began" and "ended" are, and so are the two
parties of a contract. What may differ (articles, forms of "be" and "have", endings, asides between commas) does not
change what is said; everything else might. So a claim passes only when it says what a part of the sentence says that
could stand alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.answering.values import spelled
from app.domain.english import MONTHS, words

_TOKEN = re.compile(r"[-−]?\d+(?:[.,:/–-]\d+)*|[^\W\d_]+|[^\w\s]")
_SPELLINGS = (
    (re.compile(r"\bcan(?:[’']t|not)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon[’']t\b", re.IGNORECASE), "will not"),
    (re.compile(r"n[’']t\b", re.IGNORECASE), " not"),
    # A footnote.
    (re.compile(r" ?\[\d{1,3}\]"), ""),
    (re.compile(r"[−–](?=\d)"), "-"),
    # The article, which weighs nothing elsewhere, turns these round.
    (re.compile(r"\ba few\b", re.IGNORECASE), "several"),
    (re.compile(r"\ba little\b", re.IGNORECASE), "somewhat"),
)
_ENDINGS = ("s", "es", "d", "ed", "ing")
_SYMBOLS = frozenset("$€£¥%§&+=<>/°")

# Left out of both: they carry no fact.
_WEIGHTLESS = words("a an the this that these those is are was were be been being has have had do does did also and")
_LEADING = words("a an the this these those also and")
# A statement may end before one of these.
_BREAKS = frozenset(',;:()[]–—“”"«»!')
# What stands before a statement, up to a comma, without limiting it: a turn of speech, or a date.
_TURNS = words(
    "additionally also besides finally furthermore however indeed initially instead later meanwhile moreover"
    " nevertheless nonetheless originally overall similarly then therefore thus today"
)
_DATED = words("after around at before by during in on since")
# Signs of a statement; without one it may be a bare phrase, and answers what it does not say.
_VERBS = words(
    "is are was were has have had do does did can could will would shall should may might must became began came gave"
    " held led left lost made met paid ran said sold spent stood took won wrote"
)
# What a sentence goes on to say after one of these only adds to the statement before.
_ADDITIONS = words("in on at during after before since when while where because which who but by")
_ASIDES = {",": ",", "(": ")", "[": "]", "–": "–", "—": "—"}
_LONGEST_ASIDE = 15
# A statement bound by one of these is not true without it, wherever in the sentence it stands.
_BOUNDS = words(
    "if unless except excepting excluding provided providing whether until notwithstanding otherwise assuming subject"
    " contingent conditional pending allegedly reportedly supposedly purportedly hypothetically"
)
# With one of these, a sentence tells what somebody says or wants, not what is.
_REPORTS = re.compile(
    r"(?:sa(?:y|id)|claim|argu|believ|suggest|alleg|report|th(?:ink|ought)|accord|suppos|rumou?r|propos|hypothe|specul|"
    r"theor|predict|expect|plan|inten[dt]|den(?:y|ie)|doubt|dream|imagin|pretend|fiction|myth|legend|false|wrong|untrue|"
    r"incorrect)\w*"
)
# What limits one of these may not be cut off: "the largest city in France".
_SCALED = re.compile(
    r"\w+est|most|least|first|second|third|fourth|fifth|last|next|only|sole|worst|all|every|each|same|other|st|nd|rd|th"
)
_MONTHS = frozenset(month.lower() for month in MONTHS)
_YEAR = re.compile(r"[12]\d{3}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark, in small letters. ``name``: it was written with a capital."""

    text: str
    name: bool = False

    @property
    def mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.text[-1].isalnum() and self.text not in _SYMBOLS

    @property
    def number(self) -> bool:
        """Whether it is written in digits."""
        return self.text[-1].isdigit()

    @property
    def weighs(self) -> bool:
        """Whether leaving it out, or putting it in, may change what is said."""
        return not self.mark and self.text not in _WEIGHTLESS

    def means(self, other: "Token") -> bool:
        """Whether both are the same word, but for its ending where it is no name."""
        short, long = sorted((self.text, other.text), key=len)
        inflected = len(short) > 2 and not (self.name or other.name or self.number)
        return short == long or (inflected and any(long == short + ending for ending in _ENDINGS))


def tokens(text: str) -> list[Token]:
    """Return the words, numbers and marks of a text, with one spelling for what has several."""
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return [Token(found.lower(), found[0].isupper()) for found in _TOKEN.findall(spelled(text))]


def can_be_read(claim: Sequence[Token], sentence: Sequence[Token]) -> bool:
    """Say whether a claim can be read off a sentence (see the module)."""
    wanted = [token for token in claim if token.weighs]
    asks = any(token.text == "?" for token in (*claim, *sentence))
    if asks or not wanted:
        return False
    copied = [token.text for token in claim if not token.mark] == [t.text for t in sentence if not t.mark]
    return copied or any(_read(wanted, sentence, start) for start in range(len(sentence)))


def _read(wanted: Sequence[Token], sentence: Sequence[Token], start: int) -> bool:
    """Say whether the claim stands in the sentence from ``start`` on."""
    if not wanted[0].means(sentence[start]) or not _opens(wanted, sentence, start):
        return False
    return any(
        _closes(wanted, sentence, places[-1])
        and _states(wanted, sentence[start : places[-1] + 1], len(sentence))
        and not _bound(sentence, frozenset(places))
        for places in _places(wanted, sentence, (start,))
    )


def _places(wanted: Sequence[Token], sentence: Sequence[Token], so_far: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the ways to find the claim's words in the sentence, each as the places of the words."""
    if len(so_far) == len(wanted):
        yield so_far
        return
    last = so_far[-1]
    for place in range(last + 1, min(last + 2 + _LONGEST_ASIDE, len(sentence))):
        if wanted[len(so_far)].means(sentence[place]) and _may_skip(sentence, last, place):
            yield from _places(wanted, sentence, (*so_far, place))


def _may_skip(sentence: Sequence[Token], last: int, place: int) -> bool:
    """Say whether what stands between two words may be left out: nothing of weight, the day of a year, an aside."""
    between = sentence[last + 1 : place]
    weighty = [token for token in between if token.weighs]
    if not weighty:
        return True
    if _YEAR.fullmatch(sentence[place].text) and all(t.text in _MONTHS or len(t.text) < 3 for t in weighty):
        return weighty[0].text in _MONTHS or weighty[-1].text in _MONTHS
    inner = [token for token in between if token.mark or token.weighs]
    return len(inner) > 2 and _ASIDES.get(inner[0].text) == inner[-1].text


def _opens(wanted: Sequence[Token], sentence: Sequence[Token], start: int) -> bool:
    """Say whether a statement can begin here: with the sentence, after its introduction, or with its second half."""
    before = [token.text for token in sentence[:start]]
    while before and before[-1] in _LEADING:
        before.pop()
    if not before or all(token.mark for token in sentence[: len(before)]):
        return True
    if before[-1] in (";", "but"):
        return True
    if before[-1] != "," or before.count(",") > 1 or _scaled(wanted):
        return False
    dated = before[0] in _DATED and any(text in _MONTHS or text[0].isdigit() for text in before)
    return dated or before[0] in _TURNS


def _closes(wanted: Sequence[Token], sentence: Sequence[Token], last: int) -> bool:
    """Say whether a statement can end here: nothing follows that it needs."""
    following = sentence[last + 1 : last + 2]
    if not following or following[0].text in _BREAKS:
        return True
    if following[0].text == ".":
        return last + 2 == len(sentence) or sentence[last + 2].mark
    return following[0].text in _ADDITIONS and not _scaled(wanted)


def _states(wanted: Sequence[Token], part: Sequence[Token], length: int) -> bool:
    """Say whether the part of the sentence that was read is a statement: with a verb, or nearly the whole."""
    if sum(token.text in "([" for token in part) != sum(token.text in ")]" for token in part):
        return False
    verb = any(token.text in _VERBS or (token.text.endswith("ed") and not token.name) for token in part[1:])
    return verb or (len(part) > length - 3 and len(wanted) > 3)


def _scaled(wanted: Sequence[Token]) -> bool:
    return any(_SCALED.fullmatch(token.text) for token in wanted)


def _bound(sentence: Sequence[Token], read: frozenset[int]) -> bool:
    """Say whether the rest of the sentence takes back what was read: as a condition, or as what somebody says."""
    rest = (token.text for place, token in enumerate(sentence) if place not in read)
    return any(text in _BOUNDS or _REPORTS.fullmatch(text) for text in rest)
