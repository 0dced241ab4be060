"""What two documents are compared by: all that they say, sentence by sentence, without what stands on every page."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

from app.answering.evidence import Sentence, sentences_of
from app.answering.values import spelled
from app.documents.cleaning import plain
from app.documents.lines import lines_of
from app.domain.answers import Passage
from app.jobs.cancel import CancelToken
from app.retrieval.words import stems

_NUMBER = re.compile(r"[-+−]?\d*\.?\d+")
# A word after a number may be its unit, and "mW" is not "MW".
_WORD = re.compile(r"(?P<number>\d\s?)?(?P<word>[^\W\d_]+)")
_STOPS = " .,;:"
_STOP = re.compile(r"[.,;:](?=\s|$)")
# With a mark after it: "3 pets" begins with a number that counts.
_NUMBERING = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5})[.)\]]\s+|§\s?\d+[a-z]?\s+", re.IGNORECASE)
_LABEL = re.compile(r"([^:|]{1,60})[:|]")

_DIGITS = re.compile(r"\d{1,6}")
# Lines from the top of a page, and from its end.
_EDGES = (0, 1, -1, -2)
# Of the pages, the part that have such a line; and so many at least.
_EVERYWHERE, _FEWEST = 0.7, 3

_Range = tuple[int, int]


@dataclass(frozen=True)
class Statement:
    """A sentence, a heading, an item or a row.

    Attributes:
        sentence: as the document has it.
        left_out: characters of its text that stand on every page: the foot of the page in its middle.
    """

    sentence: Sentence
    left_out: tuple[_Range, ...] = ()

    @cached_property
    def compared(self) -> str:
        """Its text, with spaces for what is left out: every other character keeps its place."""
        text = self.sentence.text
        for start, end in self.left_out:
            text = text[:start] + " " * (end - start) + text[end:]
        return text

    @cached_property
    def said(self) -> str:
        """The same for two that say the same: dates and amounts in one spelling, no capitals, no full stop."""
        return _normal(self.compared)

    @cached_property
    def without_stops(self) -> str:
        """What it says without punctuation, for what is cut into sentences otherwise."""
        return _STOP.sub("", self.said)

    @cached_property
    def unnumbered(self) -> str:
        """What it says without the number or letter that it begins with."""
        return _NUMBERING.sub("", self.said, count=1)

    @cached_property
    def form(self) -> str:
        """What it says without its numbers."""
        return _NUMBER.sub("#", self.said)

    @cached_property
    def label(self) -> str:
        """What stands before its first colon or the end of its first cell; empty where it has neither."""
        found = _LABEL.match(self.said)
        return found[1].strip() if found else ""

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, without their endings, and its numbers, the first, the second and so on."""
        numbers = (f"{place}: {number}" for place, number in enumerate(_NUMBER.findall(self.said)))
        return stems(self.form) | frozenset(numbers)


def statements(passages: Sequence[Passage], cancel: CancelToken) -> list[Statement]:
    """Return what a document says, in order.

    Args:
        passages: all of it, in order.
        cancel: stops it.

    Raises:
        Cancelled: stop was asked for.
    """
    running = _running(passages)
    found: list[Statement] = []
    everywhere: dict[str, Statement] = {}
    for sentence in cancel.each(sentences_of(passages)):
        statement, whole = _without(sentence, running), Statement(sentence)
        if statement.said:
            found.append(statement)
        elif whole.said in running.fixed:
            everywhere.setdefault(whole.said, whole)
    # What stands on every page is compared once, before all else.
    return [*everywhere.values(), *found]


def _small(found: re.Match[str]) -> str:
    return found[0] if found["number"] else found[0].casefold()


@dataclass(frozen=True)
class _Running:
    """The lines that stand on most pages: as places on each page, and the words of those that are the same on all."""

    places: Mapping[int, Sequence[_Range]] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()


def _without(sentence: Sentence, running: _Running) -> Statement:
    chunk, at = sentence.passage.chunk, sentence.start
    left_out = []
    for span in chunk.locate(sentence.start, sentence.end):
        for start, end in running.places.get(span.page, ()):
            if span.start <= start and end <= span.end:
                first = at + start - span.start
                # A letter after it, so that the space before the line counts.
                place = len(plain(chunk.text[sentence.start : first] + "x")) - 1
                left_out.append((place, place + len(plain(chunk.text[first : first + end - start]))))
        at += span.end - span.start + 1
    return Statement(sentence, tuple(left_out))


def _running(passages: Sequence[Passage]) -> _Running:
    """Return the lines that stand at the same edge of most pages of a PDF.

    What is taken for one by mistake would be a difference that is not told. So it has the same words there, and either
    the same numbers or, as far from it on each page, the number of the page.
    """
    if not passages or PurePath(passages[0].path).suffix.lower() != ".pdf":
        return _Running()
    pages: dict[int, str] = defaultdict(str)
    for number, start, text in _pieces(passages):
        pages[number] = pages[number].ljust(start) + text
    groups: dict[tuple[int, str], list[tuple[int, _Range, str]]] = defaultdict(list)
    for number, text in pages.items():
        lines = lines_of(text, 0, len(text))
        for edge in _EDGES:
            if -len(lines) <= edge < len(lines):
                said = text[slice(*lines[edge])]
                groups[edge, _NUMBER.sub("#", said)].append((number, lines[edge], said))
    places: dict[int, list[_Range]] = defaultdict(list)
    fixed: set[str] = set()
    for group in groups.values():
        texts = {said for _, _, said in group}
        away = [{int(digits) - number for digits in _DIGITS.findall(said)} for number, _, said in group]
        goes_with_pages = len(texts) == 1 or set.intersection(*away)
        if len(group) < max(_FEWEST, _EVERYWHERE * len(pages)) or not goes_with_pages:
            continue
        if len(texts) == 1:
            fixed.add(_normal(plain(*texts)))
        for number, line, _ in group:
            places[number].append(line)
    return _Running({number: sorted(set(lines)) for number, lines in places.items()}, frozenset(fixed))


def _normal(text: str) -> str:
    """Return the one spelling of what is said: dates and amounts in one form, no capitals, no full stop."""
    return _WORD.sub(_small, spelled(" ".join(text.split()))).rstrip(_STOPS)


def _pieces(passages: Sequence[Passage]) -> Iterator[tuple[int, int, str]]:
    """Yield what the passages have of each page: its number, where on it this begins, and the text."""
    for passage in passages:
        at = 0
        for span in passage.chunk.spans:
            length = span.end - span.start
            yield span.page, span.start, passage.chunk.text[at : at + length]
            at += length + 1
