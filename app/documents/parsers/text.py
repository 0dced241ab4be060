"""Plain text: pages end at form feeds, and where they would get too long."""

from collections.abc import Iterator

from app.documents.cleaning import clean
from app.documents.decoding import decode
from app.documents.draft import Draft, Heading
from app.documents.sections import batched, slices
from app.domain.documents import Page


def parse(data: bytes) -> Draft:
    """Read a text file. The text is kept as it is, but for characters that nobody can see."""
    return Draft("", batched(_pages(decode(data)), guess_headings=True, wrapped=True))


def _pages(text: str) -> Iterator[tuple[Page, tuple[Heading, ...]]]:
    number = 0
    for sheet in text.split("\f"):
        for part in slices(clean(sheet)):
            if part:
                number += 1
                yield Page(number, part), ()
