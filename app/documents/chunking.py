"""Pages into chunks that follow sentences and headings.

What holds of the chunks of a document, whatever its text:

- Every character with ink is in exactly one chunk, and the chunks are in the order of the text.
- ``Chunk.text`` is the text of its spans, joined by a line feed. A span begins and ends with ink.
- A chunk is not longer than `CHUNK_CHARACTERS` by more than a fifth, and by that only to take in a heading above it
  or a small rest below it.
- A sentence is in one chunk, also where it runs over a page break, unless it is longer than a chunk by itself.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from app.documents.cleaning import one_line
from app.documents.draft import Batch, BoxFinder, Heading
from app.documents.headings import Found
from app.documents.layout import Layout, lay_out
from app.documents.sentences import Unit
from app.domain.documents import HEADING_SEPARATOR, Chunk, Page, Span

CHUNK_CHARACTERS = 900
"""About 200 word pieces of English: below what the embedders read at once."""

_HEADING_LENGTH = 100


class Chunker:
    """Cuts the batches of one document, in order. What may go on in the next batch waits for it."""

    def __init__(self, size: int = CHUNK_CHARACTERS) -> None:
        self._size = size
        self._rest: list[tuple[Page, int]] = []
        self._marked: list[Heading] = []
        self._path: list[tuple[int, str]] = []
        self._ordinal = 0

    def feed(self, batch: Batch) -> list[Chunk]:
        """Return the chunks that are complete; all that are left when the batch is the final one."""
        opens = not self._ordinal and not self._rest
        self._marked += batch.headings
        pages = [*self._rest, *((page, 0) for page in batch.pages)]
        layout = lay_out(pages, batch, self._marked, self._size, opens)
        groups = list(_grouped(layout, self._size))
        kept = groups if batch.final else groups[:-1]
        headings = deque(layout.headings)
        chunks = [self._chunk(layout, group, headings, batch.boxes) for group in kept]
        self._rest = layout.rest(groups[-1][0][0]) if groups and not batch.final else []
        waiting = {page.number for page, _ in self._rest}
        self._marked = [heading for heading in self._marked if heading.page in waiting]
        return chunks

    def _chunk(self, layout: Layout, group: Sequence[Unit], headings: deque[Found], boxes: BoxFinder) -> Chunk:
        start, end = group[0][0], group[-1][1]
        spans: list[Span] = []
        texts: list[str] = []
        places: list[tuple[int, int]] = []  # of each span: in the joined text, in the chunk
        length = 0
        for piece in layout.pieces_of(start, end):
            part = layout.text[max(start, piece.offset) : min(end, piece.end)]
            ink = part.strip()
            if ink:
                first = max(start, piece.offset) + len(part) - len(part.lstrip())
                on_page = first - piece.offset + piece.skipped
                found = boxes(piece.page.number, on_page, on_page + len(ink))
                spans.append(Span(piece.page.number, on_page, on_page + len(ink), found))
                texts.append(ink)
                places.append((first, length))
                length += len(ink) + 1
        ordinal, self._ordinal = self._ordinal, self._ordinal + 1
        heading = self._heading(layout, group, headings)
        return Chunk(ordinal, "\n".join(texts), tuple(spans), _within(group, places), heading)

    def _heading(self, layout: Layout, group: Sequence[Unit], headings: deque[Found]) -> str:
        """Return the headings above the first text of a chunk that is not one itself, and pass all in the chunk."""
        end = group[-1][1]
        first_text = next((start for start, _ in group if start not in layout.heads), end)
        self._pass(layout.text, headings, first_text)
        path = HEADING_SEPARATOR.join(title for _, title in self._path)
        self._pass(layout.text, headings, end)
        return path

    def _pass(self, text: str, headings: deque[Found], until: int) -> None:
        while headings and headings[0].start < until:
            heading = headings.popleft()
            self._path = [above for above in self._path if above[0] < heading.level]
            self._path.append((heading.level, one_line(text[heading.start : heading.end], _HEADING_LENGTH)))


def _grouped(layout: Layout, size: int) -> Iterator[list[Unit]]:
    """Units into chunks; a small one joins the one before it where both fit."""
    previous: list[Unit] = []
    for group in _filled(layout, size):
        small = _length(group) < size // 5 and group[0][0] not in layout.heads
        if previous and small and group[-1][1] - previous[0][0] <= _most(size):
            previous += group
        else:
            if previous:
                yield previous
            previous = group
    if previous:
        yield previous


def _filled(layout: Layout, size: int) -> Iterator[list[Unit]]:
    """Fill chunks up; end one early where a section begins, unless it is small yet."""
    group: list[Unit] = []
    body = 0  # units of the group up to the last that is no heading
    for unit in layout.units:
        heading = unit[0] in layout.heads
        while group:
            full = unit[1] - group[0][0] > (size if body else _most(size))
            begins_section = heading and body == len(group)
            if not full and not (begins_section and _length(group) >= size // 3):
                break
            # Headings at its end go with the text below them.
            kept = body or len(group)
            yield group[:kept]
            group, body = group[kept:], 0
        group.append(unit)
        if not heading:
            body = len(group)
    if group:
        yield group


def _most(size: int) -> int:
    return size + size // 5


def _length(group: Sequence[Unit]) -> int:
    return group[-1][1] - group[0][0]


def _within(group: Iterable[Unit], places: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Turn units of the joined text into sentences of the chunk, whose spans stand at ``places`` in both."""
    sentences = []
    at = 0
    for start, end in group:
        while at + 1 < len(places) and places[at + 1][0] <= start:
            at += 1
        last = at
        while last + 1 < len(places) and places[last + 1][0] < end:
            last += 1
        sentences.append((start - places[at][0] + places[at][1], end - places[last][0] + places[last][1]))
    return tuple(sentences)
