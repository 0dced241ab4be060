"""Lines of pages: where a paragraph ends among them, and which are not part of the text that runs through the pages.

PDF knows no paragraphs, and a line of a text file may be one or a part of one. What is known is how long the lines
are: a line that ends well before the margin, followed by one that could begin something, ends a paragraph.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PAGE_BREAK = "\f"
"""Stands between the pages where they are looked at as one text; no page has it in itself."""

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s+)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?\W*", re.IGNORECASE)
_BULLET = re.compile(r"[•●▪■◦‣∙·➢✓]|[-–—*]\s")
_ITEM = re.compile(r"(?:[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5})[.)\]]|(?i:article|section|§)\s*\d)", re.ASCII)

# What a line of a form begins with.
_LABEL = re.compile(r"[^\W\d_][^:\n.;]{0,40}:\s")

# A line shorter than this share of the usual length did not end because the column did.
_SHORT = 0.72
# Lines longer than this are paragraphs of their own: nothing was wrapped.
_UNWRAPPED = 220
# How far from the top and bottom of a page its running lines stand, and how long they get.
_EDGE = 4
_RUNNING_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Line:
    """Characters ``start`` to ``end`` of a text, without white space around. ``closes``: a paragraph ends with it."""

    start: int
    end: int
    closes: bool = False


def lines_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return start and end of every line that is not blank between two places of a text."""
    return [match.span() for match in _LINE.finditer(text, start, end)]


def running_lines(text: str, pages: Sequence[list[tuple[int, int]]]) -> set[tuple[int, int]]:
    """Find page numbers, and headers and footers: lines at the edge of a page that come back on others.

    Args:
        text: of all pages.
        pages: the lines of each.
    """
    often = max(3, 0.4 * len(pages))
    seen = Counter(key for lines in pages for key in {_likeness(text, line) for line in _edges(lines)})
    del seen[""]
    running: set[tuple[int, int]] = set()
    for lines in pages:
        # From the edge inwards, and no further than the first line that belongs to the text.
        for edge in (lines[:_EDGE], lines[: -_EDGE - 1 : -1]):
            for line in edge:
                number = len(pages) > 1 and _PAGE_NUMBER.fullmatch(text, *line)
                if not number and seen[_likeness(text, line)] < often:
                    break
                running.add(line)
    return running


def mark_paragraphs(text: str, lines: Sequence[tuple[int, int]], wrapped: bool) -> list[Line]:
    """Say of each line whether a paragraph ends with it. Where lines are not ``wrapped``, every one is a paragraph."""
    usual = _usual_length(lines)
    if not wrapped:
        return [Line(start, end, closes=True) for start, end in lines]
    if usual > _UNWRAPPED:
        # Paragraphs, but for one that an end of a page or a column cut in the middle of a sentence.
        goes_on = [
            text[begins].islower() and (text[end - 1].isalnum() or text[end - 1] == ",")
            for (_, end), (begins, _) in pairwise(lines)
        ]
        return [Line(*line, closes=not on) for line, on in zip(lines, [*goes_on, False], strict=True)]
    blank = [_blank_between(text, end, start) for (_, end), (start, _) in pairwise(lines)]
    if sum(blank) > 0.8 * len(blank):
        blank = [False] * len(blank)  # stands between all lines, and so says nothing
    marked = [
        Line(start, end, stands_alone or _closes(text, start, end, begins, usual))
        for ((start, end), (begins, _)), stands_alone in zip(pairwise(lines), blank, strict=True)
    ]
    return [*marked, *(Line(start, end, closes=True) for start, end in lines[-1:])]


def usual_length(lines: Sequence[Line]) -> int:
    """Return the length of a full line, in characters."""
    return _usual_length([(line.start, line.end) for line in lines])


def _usual_length(lines: Sequence[tuple[int, int]]) -> int:
    lengths = sorted(end - start for start, end in lines)
    return lengths[len(lengths) * 4 // 5] if lengths else 0


def _blank_between(text: str, end: int, start: int) -> bool:
    # What stands around a page break says nothing: every page may end in line feeds.
    return start - end > 1 and text.count("\n", end, start) > 1 and PAGE_BREAK not in text[end:start]


def _closes(text: str, start: int, end: int, begins: int, usual: int) -> bool:
    """Whether a paragraph ends with a line, by how it looks and by what the next one ``begins`` with."""
    last, first = text[end - 1], text[begins]
    short = end - start < _SHORT * usual
    if not first.isalpha():
        if _BULLET.match(text, begins):
            return True
        return (short or last in ".;:?!)" or text.endswith((" and", " or"), start, end)) and bool(
            _ITEM.match(text, begins) or (short and last not in ",(-–—&/")
        )
    if short:
        return not first.islower() and last not in ",(-–—&/"
    if _LABEL.match(text, start) and _LABEL.match(text, begins):
        return True
    return last in ".;:?!" and bool(_ITEM.match(text, begins))


def _edges(lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return lines[:_EDGE] + lines[max(_EDGE, len(lines) - _EDGE) :]


def _likeness(text: str, line: tuple[int, int]) -> str:
    """What two copies of a running line share: all but the numbers. Empty, and so never running, where it is long."""
    start, end = line
    return _DIGITS.sub("#", text[start:end]) if end - start <= _RUNNING_LENGTH else ""
