"""What the source pane does, without Qt."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.answers import Citation
from app.domain.documents import DocumentEntry, Page
from app.domain.errors import LecternError, UsageFault
from app.ui.wording import name_of
from app.ui.work import JobRunner, LaneName

HEADER_BYTES = 1024
"""Where a PDF may begin (ISO 32000-1, annex H.3.4.1)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Characters ``start`` to ``end`` of a page of a document, which read ``quote``; an empty span marks nothing."""

    document: str
    path: str
    title: str
    page: int
    start: int = 0
    end: int = 0
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A page to show.

    Attributes:
        file: the document itself where it can still be found and drawn, else None.
        pages: of the document.
        gone: the file is not there any more, or was changed since.
    """

    place: Place
    file: Path | None
    page: Page
    pages: int
    gone: bool


class Shelf(Protocol):
    """Where documents are kept; see `app.library.library.Library`."""

    def file(self, document: str) -> Path | None:
        """Return a path that still holds the document, unchanged."""
        ...

    def pages(self, document: str) -> list[Page]:
        """Return the document's pages in order."""
        ...


class SourceScreen(Protocol):
    """What the presenter shows things on."""

    def show_loading(self, place: Place) -> None:
        """Say which document is being opened."""

    def show_source(self, source: Source) -> None:
        """Show a page with its words marked."""

    def show_source_error(self, error: LecternError) -> None:
        """Say what went wrong, in the pane."""


class SourcePresenter:
    """Opens places in documents. One thread: the window's."""

    def __init__(self, jobs: JobRunner, screen: SourceScreen) -> None:
        self._jobs = jobs
        self._screen = screen
        self._library: Shelf | None = None
        self._wanted: Place | None = None

    def open(self, library: Shelf) -> None:
        """Begin with a library."""
        self._library = library

    def show_citation(self, citation: Citation) -> None:
        """Show the quoted words of a citation."""
        self._show(
            Place(
                citation.document,
                citation.path,
                citation.title,
                citation.page,
                citation.start,
                citation.end,
                citation.quote,
            )
        )

    def show_document(self, entry: DocumentEntry) -> None:
        """Show a document from its first page."""
        if entry.sha256 and entry.pages:
            self._show(Place(entry.sha256, entry.path, entry.title, 1))

    def turn_to(self, page: int) -> None:
        """Show another page of the shown document."""
        if self._wanted is not None:
            place = self._wanted
            self._show(Place(place.document, place.path, place.title, page))

    def _show(self, place: Place) -> None:
        library = self._library
        if library is None:
            return
        self._wanted = place
        self._screen.show_loading(place)
        self._jobs.run(
            LaneName.PROBE,
            lambda: _find(library, place),
            self._found,
            lambda error: self._failed(place, error),
        )

    def _found(self, source: Source) -> None:
        if source.place is self._wanted:
            self._screen.show_source(source)

    def _failed(self, place: Place, error: LecternError) -> None:
        if place is self._wanted:
            self._screen.show_source_error(error)


def _find(library: Shelf, place: Place) -> Source:
    file = library.file(place.document)
    pages = library.pages(place.document)
    if not pages:
        raise UsageFault(f"{name_of(place.path)} is not in the library any more.", "Add it again to see it.")
    page = next((page for page in pages if page.number == place.page), pages[0])
    return Source(place, file if file is not None and _is_pdf(file) else None, page, len(pages), file is None)


def _is_pdf(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return b"%PDF-" in stream.read(HEADER_BYTES)
    except OSError:
        return False
