"""PDF: by PDFium, and by pypdf where PDFium fails or finds nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from app.documents.draft import PAGES_IN_BATCH, Batch, Draft, Heading
from app.documents.faults import Reason, Refused
from app.documents.limits import Limits
from app.documents.parsers.pdfium import HYPHEN, OutlineEntry, PdfFile, PdfiumFailed
from app.domain.documents import Page

# What stands at the end of every complete file (ISO 32000-1, 7.5.5). Without it, pages may be missing.
_END_MARK, _END_WITHIN = b"startxref", 4_096
_METADATA = {"Author": "author", "Subject": "subject", "CreationDate": "created"}
_WORD = re.compile(r"\w+")
_BROKEN_WORD = re.compile(rf"(\w*){HYPHEN}(\w*)")
_SOFT_HYPHEN = "\u00ad"


def parse(data: bytes, limits: Limits) -> Draft:
    """Read a PDF.

    Raises:
        Refused: ``encrypted``, ``damaged``, ``no_text`` or ``too_large``.
    """
    if _END_MARK not in data[-_END_WITHIN:]:
        raise Refused(Reason.DAMAGED, "The end of the file is missing.")
    try:
        file = PdfFile(data)
    except PdfiumFailed as failed:
        return pypdf_draft(data, limits, str(failed))
    if file.page_count > limits.pages:
        raise Refused(Reason.TOO_LARGE, f"It has {file.page_count} pages.")
    if not _has_text(file):
        file.close()
        return pypdf_draft(data, limits)
    metadata = {name: value for key, name in _METADATA.items() if (value := file.metadata(key))}
    return Draft(file.metadata("Title"), _batches(file, metadata), metadata)


def pypdf_draft(data: bytes, limits: Limits, failure: str = "") -> Draft:
    """Read a PDF with the second reader, which takes 0.1 s to import."""
    from app.documents.parsers import pypdf_reader

    return pypdf_reader.parse(data, limits, failure)


def _has_text(file: PdfFile) -> bool:
    for number in range(1, file.page_count + 1):
        try:
            if file.text(number).strip():
                return True
        except PdfiumFailed:
            continue
        file.release(number - PAGES_IN_BATCH)
    return False


def _batches(file: PdfFile, metadata: dict[str, str]) -> Iterator[Batch]:
    outline = {page: list(entries) for page, entries in groupby(sorted(file.outline(), key=_page_of), key=_page_of)}
    failed: list[int] = []
    try:
        for first in range(1, file.page_count + 1, PAGES_IN_BATCH):
            numbers = range(first, min(first + PAGES_IN_BATCH, file.page_count + 1))
            pages = _with_hyphens([_page(file, number, failed) for number in numbers])
            if failed:
                metadata["unreadable_pages"] = ", ".join(map(str, failed))
            headings = [heading for page in pages for heading in _headings(page, outline.get(page.number, ()))]
            final = numbers[-1] == file.page_count
            yield Batch(tuple(pages), tuple(headings), guess_headings=True, wrapped=True, final=final, boxes=file.boxes)
            # A chunk that waits for the next batch wants its boxes yet; the pages before this batch are done with.
            file.release(first)
    finally:
        file.close()


def _page(file: PdfFile, number: int, failed: list[int]) -> Page:
    try:
        return Page(number, file.text(number), "", *file.size(number))
    except PdfiumFailed:
        failed.append(number)
        return Page(number, "")


def _with_hyphens(pages: list[Page]) -> list[Page]:
    """Tell the hyphens that only break a word at a line end from those that belong to it.

    The former become soft hyphens (which show nothing, and which word pieces ignore) where the whole word stands
    elsewhere on these pages; all others stay hyphens.
    """
    if not any(HYPHEN in page.text for page in pages):
        return pages
    known = {word for page in pages for word in _WORD.findall(page.text.lower())}

    def resolved(match: re.Match[str]) -> str:
        whole = (match[1] + match[2]).lower()
        sign = _SOFT_HYPHEN if match[1] and match[2] and whole in known else "-"
        return f"{match[1]}{sign}{match[2]}"

    return [replace(page, text=_BROKEN_WORD.sub(resolved, page.text)) for page in pages]


def _headings(page: Page, entries: Iterable[OutlineEntry]) -> Iterator[Heading]:
    """Find the headings of the outline in the text: a line that begins as the entry does."""
    end = 0
    for entry in entries:
        words = r"\s+".join(map(re.escape, entry.title.split()))
        if words and (match := re.compile(rf"^\s*({words})", re.IGNORECASE | re.MULTILINE).search(page.text, end)):
            yield Heading(page.number, *match.span(1), entry.level)
            end = match.end()


def _page_of(entry: OutlineEntry) -> int:
    return entry.page
