"""A text into sentences. Nothing is left out: what is no sentence (a page number, a rule) is a unit of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from sentencex import get_sentence_boundaries

Unit = tuple[int, int]
"""Start and end of a sentence in the text, without white space around."""

# A list's number or letter alone: the splitter takes its stop for the end of a sentence.
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxIVX]{1,5}|§|[Nn]o)[.)\]]{1,2}|[•●▪■◦‣∙·–—*-]")
# The splitter's time grows with the square of what stands in quotes, so it gets no more than this at a time.
_BLOCK = 8_000
_INK = re.compile(r"\S")
# What list items begin with. The splitter takes all that follows one for a single sentence.
_MARKER = re.compile(r"[(\[•●▪■◦‣∙·](?:(?<![(\[])|[^\s()\[\]]{1,5}[)\]])")
_FIRST_MARKER = re.compile(r"\s*[a-zA-Z\d]{1,4}\)")
# Where a sentence that is too long is cut, best first. Sought in the last part of what fits.
_SEAMS = tuple(re.compile(pattern) for pattern in (r"[;:.]\s", r",\s", r"\s"))


def split(text: str, cuts: Sequence[int], longest: int) -> Iterator[Unit]:
    """Split a text into sentences.

    Args:
        text: without line feeds, which the splitter takes for signs, and with space for what interrupts sentences.
        cuts: places, in order, where a sentence ends whatever it looks like: paragraphs and headings.
        longest: in characters; a longer one is cut at a seam.
    """
    for start, end in _joined_enumerators(text, _trimmed(text, _merged(cuts, _boundaries(text, cuts)))):
        if end - start <= longest:
            yield start, end
        else:
            yield from _cut(text, start, end, longest)


def _boundaries(text: str, cuts: Sequence[int]) -> Iterator[int]:
    """Where the splitter ends sentences. It gets a paragraph at a time: an open bracket in one must not reach far."""
    masked = _MARKER.sub(_mask, text)
    for start, end in pairwise((0, *cuts, len(text))):
        # A number or letter in front hides the rest from the splitter too.
        marker = _FIRST_MARKER.match(masked, start, end)
        for first in range(marker.end() if marker else start, end, _BLOCK):
            for sentence in get_sentence_boundaries("en", masked[first : min(first + _BLOCK, end)])[1:]:
                yield first + sentence["start_index"]
    yield len(text)


def _mask(marker: re.Match[str]) -> str:
    return "x" * len(marker[0])


def _merged(cuts: Iterable[int], boundaries: Iterable[int]) -> list[int]:
    return sorted({0, *cuts, *boundaries})


def _trimmed(text: str, places: Sequence[int]) -> Iterator[Unit]:
    for start, end in pairwise(places):
        piece = text[start:end]
        kept = piece.strip()
        if kept:
            first = start + len(piece) - len(piece.lstrip())
            yield first, first + len(kept)


def _joined_enumerators(text: str, units: Iterable[Unit]) -> Iterator[Unit]:
    waiting: Unit | None = None
    for start, end in units:
        first = waiting[0] if waiting else start
        waiting = None
        if end - start <= 12 and _ENUMERATOR.fullmatch(text, start, end):
            waiting = (first, end)
        else:
            yield first, end
    if waiting:
        yield waiting


def _cut(text: str, start: int, end: int, longest: int) -> Iterator[Unit]:
    while end - start > longest:
        # Pieces of about one length, not full ones and a small rest.
        aim = (end - start) // -(-(end - start) // longest)
        seam = _seam(text, start + aim * 2 // 3, start + longest)
        yield start, start + len(text[start:seam].rstrip())
        ink = _INK.search(text, seam, end)
        start = ink.start() if ink else end
    yield start, end


def _seam(text: str, first: int, last: int) -> int:
    for seam in _SEAMS:
        ends = [match.end() for match in seam.finditer(text, first, last)]
        if ends:
            return ends[-1]
    return last
