"""What two documents are compared by: all that they say, sentence by sentence, without what stands on every page."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from app.answering.evidence import Sentence, sentences_of
from app.answering.values import spelled
from app.documents.cleaning import plain
from app.documents.lines import PAGE_BREAK, lines_of, running_lines
from app.domain.answers import Passage
from app.jobs.cancel import CancelToken
from app.retrieval.words import stems

_NUMBER = re.compile(r"[-+−]?\d*\.?\d+")
# A word after a number may be its unit, and "mW" is not "MW".
_WORD = re.compile(r"(?P<number>\d\s?)?(?P<word>[^\W\d_]+)")
_STOPS = " .,;:"
_NUMBERING = re.compile(r"(?:[(\[§]\s?)?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5})[.)\]]?\s+", re.IGNORECASE)
_LABEL = re.compile(r"([^:|]{1,60})[:|]")

# Of the pages, the part that have a line at their edge: what is left out by mistake would be a difference not told.
_EVERYWHERE = 0.7

_Range = tuple[int, int]


@dataclass(frozen=True)
class Statement:
    """A sentence, a heading, an item or a row.

    Attributes:
        sentence: as the document has it.
        left_out: what of it stands on every page, and is not compared: the foot of the page in its middle.
    """

    sentence: Sentence
    left_out: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """What is compared, on one line."""
        text = self.sentence.text
        for line in self.left_out:
            text = text.replace(line, " ", 1)
        return " ".join(text.split())

    @cached_property
    def said(self) -> str:
        """The same for two that say the same: dates and amounts in one spelling, no capitals, no full stop."""
        return _WORD.sub(_small, spelled(self.text)).rstrip(_STOPS)

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
    made = (_without(sentence, running) for sentence in cancel.each(sentences_of(passages)))
    return [statement for statement in made if statement.said]


def _small(found: re.Match[str]) -> str:
    return found[0] if found["number"] else found[0].casefold()


def _without(sentence: Sentence, running: dict[int, list[_Range]]) -> Statement:
    if not running:
        return Statement(sentence)
    chunk, at = sentence.passage.chunk, sentence.start
    left_out = []
    for span in chunk.locate(sentence.start, sentence.end):
        for start, end in running.get(span.page, ()):
            if span.start <= start and end <= span.end:
                first = at + start - span.start
                left_out.append(plain(chunk.text[first : first + end - start]))
        at += span.end - span.start + 1
    return Statement(sentence, tuple(left_out))


def _running(passages: Sequence[Passage]) -> dict[int, list[_Range]]:
    """Return the lines of each page of a PDF that stand at the edge of others too, as places on the page."""
    if not passages or PurePath(passages[0].path).suffix.lower() != ".pdf":
        return {}
    pages: dict[int, str] = defaultdict(str)
    for number, start, text in _pieces(passages):
        pages[number] = pages[number].ljust(start) + text
    joined, by_page, offsets = "", [], {}
    for number, text in sorted(pages.items()):
        offsets[number] = len(joined)
        joined += text + PAGE_BREAK
        by_page.append(lines_of(joined, offsets[number], len(joined) - 1))
    found = running_lines(joined, by_page)
    forms = {line: _NUMBER.sub("#", joined[slice(*line)]) for line in found}
    times = Counter(forms.values())
    return {
        number: [
            (line[0] - offset, line[1] - offset)
            for line in lines
            if line in found and times[forms[line]] >= _EVERYWHERE * len(by_page)
        ]
        for (number, offset), lines in zip(offsets.items(), by_page, strict=True)
    }


def _pieces(passages: Sequence[Passage]) -> Iterator[tuple[int, int, str]]:
    """Yield what the passages have of each page: its number, where on it this begins, and the text."""
    for passage in passages:
        at = 0
        for span in passage.chunk.spans:
            length = span.end - span.start
            yield span.page, span.start, passage.chunk.text[at : at + length]
            at += length + 1
