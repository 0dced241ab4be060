"""What a parser hands to the chunker: pages, a batch at a time, and what the format itself knows about them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.documents import Box, Page

BoxFinder = Callable[[int, int, int], tuple[Box, ...]]
"""Page number, start and end of a span of its text → the boxes of its lines, in points."""

PAGES_IN_BATCH = 64
"""Pages held open at a time: a parser of PDF keeps about 0.5 MB for each."""


def no_boxes(_page: int, _start: int, _end: int) -> tuple[Box, ...]:
    """Find no boxes: for formats whose text has no place on a page."""
    return ()


@dataclass(frozen=True, slots=True)
class Heading:
    """Characters ``start`` to ``end`` of a page are a heading; ``level`` 1 is the outermost."""

    page: int
    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive pages of a document.

    Attributes:
        headings: those the format marks, in order.
        guess_headings: find more by how their lines look: the format does not say, or not of all.
        wrapped: lines end where the column does, not where a sentence or paragraph does.
        final: no batch follows.
    """

    pages: tuple[Page, ...]
    headings: tuple[Heading, ...] = ()
    guess_headings: bool = False
    wrapped: bool = False
    final: bool = True
    boxes: BoxFinder = no_boxes


@dataclass(frozen=True, slots=True)
class Draft:
    """A document on its way from bytes to chunks.

    Attributes:
        title: as the file itself gives it; empty where it gives none.
        batches: at least one; the last one, and only it, is ``final``. Reading on releases the batch before the last.
    """

    title: str
    batches: Iterator[Batch]
    metadata: Mapping[str, str] = field(default_factory=dict)
