"""PDF by pypdf, the second reader: slower, and without boxes, but it forgives damage that PDFium does not."""

from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from app.documents.cleaning import clean
from app.documents.draft import Draft, Heading
from app.documents.faults import Reason, Refused
from app.documents.limits import Limits
from app.documents.sections import batched
from app.domain.documents import Page

# Reading a page takes 0.1 s: a scanned book is given up after so many pages without text.
_TRIED = 3


def parse(data: bytes, limits: Limits, failure: str = "") -> Draft:
    """Read a PDF that PDFium could not read (``failure`` says why) or found no text in.

    Raises:
        Refused: ``encrypted``, ``damaged``, ``no_text`` or ``too_large``.
    """
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(Reason.ENCRYPTED)
        count = len(reader.pages)
        if count > limits.pages:
            raise Refused(Reason.TOO_LARGE, f"It has {count} pages.")
        if not any(reader.pages[index].extract_text().strip() for index in range(min(count, _TRIED))):
            raise Refused(Reason.DAMAGED if failure else Reason.NO_TEXT, failure)
        title = reader.metadata.title if reader.metadata else None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(Reason.DAMAGED, f"{failure}; pypdf: {error}".lstrip("; ")) from error
    pages = _pages(reader)
    return Draft(title or "", batched(pages, guess_headings=True, wrapped=True), {"reader": "pypdf"})


def _pages(reader: PdfReader) -> Iterator[tuple[Page, tuple[Heading, ...]]]:
    for number, page in enumerate(reader.pages, start=1):
        box = page.cropbox
        size = (float(box.width), float(box.height))
        width, height = size if page.rotation % 180 == 0 else size[::-1]
        yield Page(number, clean(page.extract_text()), "", width, height), ()
