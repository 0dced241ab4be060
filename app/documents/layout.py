"""Pages looked at as one text: its sentences, so that one may run over a page break, and its headings."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.documents.draft import Batch, Heading
from app.documents.headings import Found, find_headings
from app.documents.lines import PAGE_BREAK, lines_of, mark_paragraphs, running_lines
from app.documents.sentences import Unit, split
from app.domain.documents import Page

# Guessed headings stand below those the format marks.
_BELOW_MARKED = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A page, or what is left of it, in the joined text: ``page.text[skipped:]`` stands at ``offset``."""

    page: Page
    skipped: int
    offset: int

    @property
    def end(self) -> int:
        """Where it ends in the joined text."""
        return self.offset + len(self.page.text) - self.skipped


@dataclass(frozen=True, slots=True)
class Layout:
    """Pages as one text. Units and headings are in order and do not overlap; every character with ink is in a unit.

    Attributes:
        heads: where the units begin that are headings or parts of one.
    """

    text: str
    pieces: tuple[Piece, ...]
    units: tuple[Unit, ...]
    headings: tuple[Found, ...]
    heads: frozenset[int]

    def pieces_of(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the pieces that characters ``start`` to ``end`` touch."""
        first = bisect_right(self.pieces, start, key=lambda piece: piece.offset) - 1
        for piece in self.pieces[first:]:
            if piece.offset >= end:
                return
            yield piece

    def rest(self, start: int) -> list[tuple[Page, int]]:
        """Return the pages from a place on, each with how many characters of it stand before that place."""
        return [
            (piece.page, piece.skipped + max(start - piece.offset, 0)) for piece in self.pieces if piece.end > start
        ]


def lay_out(
    pages: Iterable[tuple[Page, int]], batch: Batch, marked: Sequence[Heading], longest: int, opens: bool
) -> Layout:
    """Join pages and find their sentences and headings.

    Args:
        pages: each with the number of its first characters to leave out.
        batch: says how to look at the lines.
        marked: the headings that the format knows, of all these pages.
        longest: sentence, in characters.
        opens: the pages are the first of their document.
    """
    pieces = tuple(_pieces(pages))
    text = PAGE_BREAK.join(piece.page.text[piece.skipped :] for piece in pieces)
    by_page = [lines_of(text, piece.offset, piece.end) for piece in pieces]
    running = running_lines(text, by_page) if batch.wrapped else set()
    lines = mark_paragraphs(text, [line for page in by_page for line in page if line not in running], batch.wrapped)
    headings = _in_text(pieces, marked)
    if batch.guess_headings:
        headings = _combined(headings, find_headings(text, lines, opens))
    cuts = [line.end for line in lines if line.closes]
    cuts += [place for heading in headings for place in (heading.start, heading.end)]
    flowing = _without(text, sorted(running)).replace("\n", " ").replace(PAGE_BREAK, " ")
    units = _with_running(list(split(flowing, sorted(cuts), longest)), sorted(running))
    return Layout(text, pieces, tuple(units), tuple(headings), frozenset(_heads(units, headings)))


def _pieces(pages: Iterable[tuple[Page, int]]) -> Iterator[Piece]:
    offset = 0
    for page, skipped in pages:
        piece = Piece(page, skipped, offset)
        yield piece
        offset = piece.end + len(PAGE_BREAK)


def _in_text(pieces: Sequence[Piece], marked: Iterable[Heading]) -> list[Found]:
    by_number = {piece.page.number: piece for piece in pieces}
    found = []
    for heading in marked:
        piece = by_number.get(heading.page)
        if piece and heading.start >= piece.skipped:
            shift = piece.offset - piece.skipped
            found.append(Found(heading.start + shift, heading.end + shift, heading.level))
    return found


def _combined(marked: Sequence[Found], guessed: Sequence[Found]) -> list[Found]:
    if not marked:
        return list(guessed)
    starts = [heading.start for heading in marked]
    free = [
        Found(guess.start, guess.end, guess.level + _BELOW_MARKED)
        for guess in guessed
        if not _touches(marked, starts, guess)
    ]
    return sorted([*marked, *free], key=lambda heading: heading.start)


def _touches(marked: Sequence[Found], starts: Sequence[int], guess: Found) -> bool:
    following = bisect_right(starts, guess.start)
    return any(
        heading.start < guess.end and guess.start < heading.end
        for heading in marked[max(following - 1, 0) : following + 1]
    )


def _heads(units: Iterable[Unit], headings: Sequence[Found]) -> Iterator[int]:
    at = 0
    for start, _ in units:
        while at < len(headings) and headings[at].end <= start:
            at += 1
        if at < len(headings) and headings[at].start <= start:
            yield start


def _without(text: str, gaps: Sequence[tuple[int, int]]) -> str:
    """Return the text with spaces in the gaps."""
    parts = []
    last = 0
    for start, end in gaps:
        parts += [text[last:start], " " * (end - start)]
        last = end
    return "".join([*parts, text[last:]])


def _with_running(units: list[Unit], running: Sequence[Unit]) -> list[Unit]:
    """Add the running lines that no sentence goes on across."""
    ends = [end for _, end in units]
    free = []
    for start, end in running:
        following = bisect_right(ends, start)
        if following == len(units) or units[following][0] > start:
            free.append((start, end))
    return sorted([*units, *free]) if free else units
