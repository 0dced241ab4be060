"""Documents, their pages and their chunks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Between the headings above a chunk, outermost first.
HEADING_SEPARATOR = " \u203a "


class DocumentState(StrEnum):
    """How far a document has come."""

    QUEUED = "queued"
    PARSED = "parsed"
    INDEXED = "indexed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points (1/72 inch) from the page's top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """A numbered part of a document with its text.

    Attributes:
        number: 1-based.
        text: what citations are quoted from, character for character.
        heading: the heading a section begins with; empty for PDF pages.
        width, height: in points; 0 where the format has no page size.
    """

    number: int
    text: str
    heading: str = ""
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` (exclusive) of a page's text, and where they stand on the page."""

    page: int
    start: int
    end: int
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of sentences of one document.

    ``text`` is the text of its spans, joined by one line feed where it runs over a page break, so a place in it
    can be turned into a place on a page (`locate`).

    Attributes:
        ordinal: 0-based place among the document's chunks.
        heading: the headings above it, outermost first, joined by `HEADING_SEPARATOR`.
        sentences: start and end of each sentence within ``text``; they cover it but for space.
    """

    ordinal: int
    text: str
    spans: tuple[Span, ...]
    sentences: tuple[tuple[int, int], ...]
    heading: str = ""

    def locate(self, start: int, end: int) -> tuple[Span, ...]:
        """Turn characters ``start`` to ``end`` of ``text`` into a span on each page they touch (without boxes)."""
        found: list[Span] = []
        offset = 0
        for span in self.spans:
            length = span.end - span.start
            first, last = max(start - offset, 0), min(end - offset, length)
            if first < last:
                found.append(Span(span.page, span.start + first, span.start + last))
            offset += length + 1
        return tuple(found)


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as the library keeps it.

    Attributes:
        chunk_id: of the chunk in the ledger.
        document: SHA-256 of the document, hexadecimal.
        path: one of the document's paths.
    """

    chunk_id: int
    document: str
    path: str
    title: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document by its names: its SHA-256 (hexadecimal), one of its paths, and its title."""

    document: str
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of a file's bytes."""

    format: str
    title: str
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document as the library lists it: one row for each path.

    Attributes:
        id: of the document; None while the file is queued or when its bytes could not be read.
        sha256: of the bytes, hexadecimal; empty where ``id`` is None.
        reason, detail: why it was skipped; empty otherwise.
    """

    id: int | None
    path: str
    collection: str
    state: DocumentState
    sha256: str = ""
    title: str = ""
    format: str = ""
    pages: int = 0
    chunks: int = 0
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not taken in, and why: ``reason`` is a code, ``detail`` a sentence for people."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class StageSeconds:
    """Wall-clock seconds spent in the stages of an ingest run."""

    parse: float = 0.0
    embed: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest run did.

    Attributes:
        files: files looked at.
        documents: distinct documents among them.
        indexed: documents that became searchable by words and meaning in this run.
        unchanged: files that were known already.
        tokens: tokens sent to the embedder.
    """

    files: int = 0
    documents: int = 0
    indexed: int = 0
    unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()
    pages: int = 0
    chunks: int = 0
    tokens: int = 0
    seconds: StageSeconds = StageSeconds()


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """Counts of a library, and the models it works with (empty where there is none).

    ``successor``: the embedder that is to take over from ``embedder``.
    """

    documents: int
    paths: int
    pages: int
    chunks: int
    vectors: int
    queued: int
    skipped: int
    embedder: str
    successor: str
    generator: str


def part_word(path: str) -> str:
    """Return what the numbered parts of a document are called: only a PDF has pages that all programs agree on."""
    return "page" if path.lower().endswith(".pdf") else "section"
