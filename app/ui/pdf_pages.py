"""Pages of a PDF, read and drawn by QtPdf without ever holding the window up.

A page is drawn by a thread of QtPdf's own, which keeps the one lock of its PDF engine meanwhile. Any other call to the
engine would wait for that lock on the window's thread; so each waits its turn here until nothing is being drawn.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSize, QSizeF, Signal
from PySide6.QtGui import QImage
from PySide6.QtPdf import QPdfDocument, QPdfDocumentRenderOptions, QPdfPageRenderer

from app.domain.errors import DocumentFault
from app.ui.quotes import find_quote, same_words


class PdfPages(QObject):
    """One open PDF at a time. Page numbers are 1-based, sizes and boxes in points."""

    drawn = Signal(int, QImage)
    """A page's number and its picture."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = QPdfDocument(self)
        self._renderer = QPdfPageRenderer(self)
        self._renderer.setRenderMode(QPdfPageRenderer.RenderMode.MultiThreaded)
        self._renderer.setDocument(self.document)
        self._renderer.pageRendered.connect(self._drawn)
        self._open: tuple[Path, int] | None = None
        self._drawing = False
        self._next: tuple[int, QSize] | None = None
        self._task: Callable[[], None] | None = None

    def when_idle(self, task: Callable[[], None]) -> None:
        """Call ``task`` as soon as nothing is being drawn. A newer task replaces one that still waits."""
        self._task = task
        self._go_on()

    def open(self, file: Path) -> int:
        """Open a file unless it is the open one and unchanged, and return its number of pages. Call when idle.

        Raises:
            DocumentFault: QtPdf cannot open it.
        """
        version = file, file.stat().st_mtime_ns if file.exists() else 0
        if self._open != version:
            self._open = None
            error = self.document.load(str(file))
            if error is not QPdfDocument.Error.None_:
                raise DocumentFault("unreadable", f"{file.name} cannot be shown as it is.", "", error.name)
            self._open = version
        return self.document.pageCount()

    def size(self, number: int) -> QSizeF:
        """Return the size of a page. Call when idle."""
        return self.document.pagePointSize(number - 1)

    def locate(self, number: int, start: int, end: int, quote: str) -> list[QRectF]:
        """Return the boxes of the quote, from the page's top left; none rather than wrong ones. Call when idle.

        The stored text counts its characters as the PDF engine does, so ``start`` and ``end`` are tried first; where
        the words there are others (another version of the engine), the quote is searched for.
        """
        if not quote:
            return []
        selection = self.document.getSelectionAtIndex(number - 1, start, end - start)
        if not same_words(selection.text(), quote):
            found = find_quote(self.document.getAllText(number - 1).text(), quote, start)
            if found is None:
                return []
            selection = self.document.getSelectionAtIndex(number - 1, found[0], found[1] - found[0])
            if not same_words(selection.text(), quote):
                return []
        return [polygon.boundingRect() for polygon in selection.bounds()]

    def draw(self, number: int, pixels: QSize) -> None:
        """Have a page drawn; of several requests that wait, only the newest is done."""
        self._next = number, pixels
        self._go_on()

    def _go_on(self) -> None:
        if self._drawing:
            return
        task, self._task = self._task, None
        if task is not None:
            task()
        if self._next is not None and not self._drawing:
            (number, pixels), self._next = self._next, None
            self._drawing = self._renderer.requestPage(number - 1, pixels, QPdfDocumentRenderOptions()) > 0

    def _drawn(self, index: int, _size: QSize, image: QImage) -> None:
        self._drawing = False
        self.drawn.emit(index + 1, image)
        self._go_on()


def merged(boxes: list[QRectF]) -> list[QRectF]:
    """Join boxes that follow each other on one line, so that a marked line is one stroke."""
    lines: list[QRectF] = []
    for box in boxes:
        last = lines[-1] if lines else None
        if last is not None:
            height = max(last.height(), box.height())
            apart = max(last.top(), box.top()) - min(last.bottom(), box.bottom())
            gap = max(box.left() - last.right(), last.left() - box.right())
            # A comma hangs below the line, and letters may lean into each other.
            if apart < 0.2 * height and -0.5 * height < gap < 1.5 * height:
                lines[-1] = last.united(box)
                continue
        lines.append(QRectF(box))
    return lines
