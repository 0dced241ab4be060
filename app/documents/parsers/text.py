"""Plain text: pages end at form feeds, and where they would get too long."""

import re
from collections.abc import Iterator

from app.documents.cleaning import clean
from app.documents.decoding import decode
from app.documents.draft import Draft, Heading
from app.documents.sections import batched, slices
from app.domain.documents import Page

# A first line that stands alone and ends no sentence.
_TITLE = re.compile(r"(?=.*[^\W\d_]{2}).{2,200}(?<![.!,;:])(?=\n\s*\n\s*\S)")


def parse(data: bytes) -> Draft:
    """Read a text file. The text is kept as it is, but for characters that nobody can see."""
    return Draft("", batched(_pages(decode(data)), guess_headings=True, wrapped=True))


def _pages(text: str) -> Iterator[tuple[Page, tuple[Heading, ...]]]:
    number = 0
    for sheet in text.split("\f"):
        for part in slices(clean(sheet)):
            if part:
                number += 1
                title = _TITLE.match(part) if number == 1 else None
                yield Page(number, part), (Heading(1, 0, title.end(), 1),) if title else ()
