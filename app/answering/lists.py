"""Lists in a passage: a line that leads in, and the items below it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.answering.evidence import Excerpt, Sentence
from app.domain.answers import Passage

_ASKS_FOR_SEVERAL = re.compile(
    r"\b(?:list|enumerate|name (?:all|the))\b|\b(?:what|which) (?:are|were|(?:\w+ )?(?!does\b)\w{3,}[^\Wsu]s)\b",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:[-–—*•●▪■◦‣∙·➢✓]|[(\[]?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})[.)\]]{1,2})\s")
_GOES_ON = re.compile(r"[;,](?: (?:and|or))?$")
_STOPS = (".", "!", "?", ":")
# Items of a list; words of one that has neither a marker nor a semicolon.
_FEWEST, _LONGEST = 2, 12


@dataclass(frozen=True, slots=True)
class ListFound:
    """A list in a passage.

    Attributes:
        lead_in: the line above it.
        items: in order; two at least.
    """

    lead_in: Excerpt
    items: tuple[Excerpt, ...]


def list_with(sentence: Sentence) -> ListFound | None:
    """Return the list that a sentence leads in to, or is an item of; None where there is none."""
    return next((found for found in _lists(sentence.passage) if _has(found, sentence.number)), None)


def asks_for_several(question: str) -> bool:
    """Say whether a question asks for more than one thing, as far as its form tells, in English."""
    return bool(_ASKS_FOR_SEVERAL.search(question))


def _lists(passage: Passage) -> Iterator[ListFound]:
    lines = _lines(passage)
    for place, line in enumerate(lines):
        if line.text.endswith(":"):
            items = tuple(_items(lines[place + 1 :]))
            if len(items) >= _FEWEST:
                yield ListFound(line, items)


def _lines(passage: Passage) -> list[Excerpt]:
    """Return the sentences, joined where no line ends between them."""
    chunk = passage.chunk
    lines: list[Excerpt] = []
    for number, (start, _) in enumerate(chunk.sentences):
        if lines and "\n" not in chunk.text[lines[-1].end : start]:
            lines[-1] = Excerpt(passage, lines[-1].first, number)
        else:
            lines.append(Excerpt(passage, number, number))
    return lines


def _items(lines: Sequence[Excerpt]) -> Iterator[Excerpt]:
    """Yield the lines that are items: all with a marker, as the first, or all without."""
    goes_on = False
    for line in lines:
        text = line.text
        if _MARKER.match(lines[0].text):
            item = bool(_MARKER.match(text))
        else:
            short = len(text.split()) <= _LONGEST and not text.endswith(_STOPS)
            item = goes_on or short or bool(_GOES_ON.search(text))
        if not item:
            return
        goes_on = bool(_GOES_ON.search(text))
        yield line


def _has(found: ListFound, number: int) -> bool:
    return found.lead_in.first <= number <= found.items[-1].last
