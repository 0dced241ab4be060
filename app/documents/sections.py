"""Pages for formats that have none: a page for each heading section, cut where it gets too long."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from app.documents.cleaning import clean, one_line
from app.documents.draft import PAGES_IN_BATCH, Batch, Heading
from app.domain.documents import Page

PAGE_CHARACTERS = 4_000
"""A page is not longer: about what stands on a printed one."""

_HEADING_LENGTH = 160
_SEAMS = (re.compile(r"\n"), re.compile(r"[.;:?!]\s"), re.compile(r"\s"))


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a row of a table, or a heading (``level`` 1 to 9, as the format marks it)."""

    text: str
    level: int = 0


def batches(blocks: Iterable[Block]) -> Iterator[Batch]:
    """Turn blocks into batches of pages. Headings are guessed where the format marks none."""
    blocks = list(blocks)
    marked = any(block.level for block in blocks)
    return batched(_pages(blocks), guess_headings=not marked, wrapped=False)


def batched(pages: Iterable[tuple[Page, tuple[Heading, ...]]], guess_headings: bool, wrapped: bool) -> Iterator[Batch]:
    """Put pages with their headings into batches, the last of which knows that it is."""
    source = iter(pages)
    ahead = list(islice(source, PAGES_IN_BATCH))
    while True:
        taken, ahead = ahead, list(islice(source, PAGES_IN_BATCH))
        yield Batch(
            tuple(page for page, _ in taken),
            tuple(chain.from_iterable(headings for _, headings in taken)),
            guess_headings,
            wrapped,
            final=not ahead,
        )
        if not ahead:
            return


def slices(text: str) -> Iterator[str]:
    """Cut a text into pages, each ending with a paragraph, line, sentence or word, without blank lines around."""
    start = 0
    while len(text) - start > PAGE_CHARACTERS:
        end = _seam(text, start + PAGE_CHARACTERS // 2, start + PAGE_CHARACTERS)
        yield text[start:end].strip("\n").rstrip()
        start = end
    yield text[start:].strip("\n").rstrip()


def _pages(blocks: Iterable[Block]) -> Iterator[tuple[Page, tuple[Heading, ...]]]:
    number = 0
    heading = ""
    page: list[str] = []
    level = length = 0
    # An empty heading block at the end closes the last section.
    for block in chain(blocks, (Block("", 1),)):
        for text in slices(clean(block.text)):
            if page and (block.level or length + len(text) > PAGE_CHARACTERS):
                number += 1
                yield _page(number, page, heading, level)
                page, level, length = [], 0, 0
            if block.level:
                heading, level = one_line(block.text, _HEADING_LENGTH), block.level
            if text:
                page.append(text)
                length += len(text) + 1


def _page(number: int, lines: list[str], heading: str, level: int) -> tuple[Page, tuple[Heading, ...]]:
    headings = (Heading(number, 0, len(lines[0]), level),) if level else ()
    return Page(number, "\n".join(lines), heading), headings


def _seam(text: str, first: int, last: int) -> int:
    paragraph = text.rfind("\n\n", first, last)
    if paragraph > 0:
        return paragraph
    for seam in _SEAMS:
        ends = [match.end() for match in seam.finditer(text, first, last)]
        if ends:
            return ends[-1]
    return last
