"""Bytes → pages → chunks, whatever the format."""

from pathlib import PurePath

from app.documents import titles
from app.documents.chunking import Chunker
from app.documents.cleaning import one_line
from app.documents.draft import Draft
from app.documents.faults import Reason, Refused
from app.documents.formats import Format, named, recognise
from app.documents.limits import Limits
from app.domain.documents import HEADING_SEPARATOR, Chunk, Page, ParsedDocument

_METADATA_LENGTH = 500


def parse(data: bytes, path: PurePath, limits: Limits) -> ParsedDocument:
    """Read a file's bytes. ``path`` gives the format that its name promises, and the title where nothing else does.

    Raises:
        Refused: the bytes cannot be read; see `Reason`.
    """
    form = recognise(named(path), data)
    draft = _draft(form, data, limits)
    chunker = Chunker()
    pages: list[Page] = []
    chunks: list[Chunk] = []
    characters = 0
    for batch in draft.batches:
        pages += batch.pages
        characters += sum(len(page.text) for page in batch.pages)
        if characters > limits.characters or len(pages) > limits.pages:
            raise Refused(Reason.TOO_LARGE, f"It has more than {limits.characters} characters or {limits.pages} pages.")
        chunks += chunker.feed(batch)
    if not chunks:
        raise Refused(Reason.NO_TEXT)
    first_heading = chunks[0].heading.split(HEADING_SEPARATOR)[0]
    title = titles.sane(draft.title) or titles.from_heading(first_heading) or titles.from_file(path)
    metadata = {name: one_line(value, _METADATA_LENGTH) for name, value in draft.metadata.items()}
    return ParsedDocument(str(form), title, tuple(pages), tuple(chunks), metadata)


def _draft(form: Format, data: bytes, limits: Limits) -> Draft:
    # Imported for the first file that needs it: a child that reads one format starts faster without the others.
    match form:
        case Format.PDF:
            from app.documents.parsers import pdf

            return pdf.parse(data, limits)
        case Format.DOCX:
            from app.documents.parsers import docx

            return docx.parse(data, limits)
        case Format.HTML:
            from app.documents.parsers import html

            return html.parse(data)
        case Format.MARKDOWN:
            from app.documents.parsers import markdown

            return markdown.parse(data)
        case Format.TEXT:
            from app.documents.parsers import text

            return text.parse(data)
