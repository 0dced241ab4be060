"""The pane on the right: the document itself, with the quoted words marked."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSpinBox, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from app.domain.documents import part_word
from app.domain.errors import DocumentFault, LecternError
from app.ui.elided_label import ElidedLabel
from app.ui.labels import text_label
from app.ui.page_view import ZOOM_STEP, PageView
from app.ui.source_presenter import Place, Source
from app.ui.text_view import TextView
from app.ui.theme import Theme, scaled
from app.ui.wording import name_of

if TYPE_CHECKING:
    from app.ui.pdf_pages import PdfPages

UNMARKED = "The quoted words could not be marked on this page."
GONE = "The file is gone or was changed since: this is the text that Lectern kept of it."
NOT_DRAWN = "This file cannot be drawn: this is its text."


class SourceView(QWidget):
    """Shows a page of a document as it is drawn, or its text."""

    page_wanted = Signal(int)
    closed = Signal()
    shown = Signal()
    """A page stands in the pane with its words marked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page_view = PageView()
        self.page_view.setAccessibleName("Page of the document")
        self.text_view = TextView(theme.colours)
        self.text_view.setAccessibleName("Text of the document")
        self.source: Source | None = None
        self._pages: PdfPages | None = None
        self._backwards = False
        self._headed = False
        self._title = ElidedLabel()
        self._path = ElidedLabel()
        self._remark = text_label("", "muted")
        self._heading = text_label("", weight=QFont.Weight.DemiBold)
        self._number = QSpinBox(minimum=1)
        self._number.setKeyboardTracking(False)
        self._number.setAccessibleName("Page number")
        self._part = QLabel()
        self._of = QLabel()
        self._zoom_tools: list[QToolButton] = []
        self._lay_out()
        self._number.valueChanged.connect(self._number_changed)
        self.page_view.turn_wanted.connect(self.turn)
        theme.changed.connect(lambda: self.text_view.recolour(theme.colours))

    def show_loading(self, place: Place) -> None:
        """Say which document is being opened."""
        self._title.show_text(name_of(place.path))
        self._path.show_text(place.path)

    def show_source(self, source: Source) -> None:
        """Show a page with its words marked."""
        self.source = source
        self._heading.setText(source.page.heading)
        self._headed = source.page.text.startswith(source.page.heading)
        if source.file is None:
            self._show_text(source, GONE if source.gone else "")
        else:
            self._pdf_pages().when_idle(lambda: self._show_drawn(source))

    def show_source_error(self, error: LecternError) -> None:
        """Say what went wrong, in the pane, which shows no page then."""
        self.source = None
        self.text_view.clear()
        self._stack.setCurrentWidget(self.text_view)
        self._heading.setVisible(False)
        for tool in (*self._page_tools, *self._zoom_tools):
            tool.setVisible(False)
        self._say(str(error))

    def turn(self, by: int) -> None:
        """Ask for a page further on, or further back."""
        self._backwards = by < 0
        if self.source is not None and 1 <= self.source.page.number + by <= self.source.pages:
            self.page_wanted.emit(self.source.page.number + by)

    def zoom(self, steps: int) -> None:
        """Enlarge a drawn page by steps; 0 makes it as wide as the pane."""
        if steps == 0:
            self.page_view.fit_width()
        else:
            self.page_view.zoom_by(ZOOM_STEP**steps)

    def _pdf_pages(self) -> "PdfPages":
        if self._pages is None:
            from app.ui.pdf_pages import PdfPages

            self._pages = PdfPages(self)
            self._pages.drawn.connect(self._picture)
            self.page_view.picture_wanted.connect(
                lambda size: self._pages.draw(self.source.page.number, size) if self._pages and self.source else None
            )
        return self._pages

    def _show_drawn(self, source: Source) -> None:
        pages, place = self._pages, source.place
        if pages is None or source is not self.source or source.file is None:
            return
        try:
            count = pages.open(source.file)
        except DocumentFault:
            self._show_text(source, NOT_DRAWN)
            return
        number = source.page.number
        boxes = pages.locate(number, place.start, place.end, place.quote)
        self._show_frame(source, count, drawn=True, remark=UNMARKED if place.quote and not boxes else "")
        self.page_view.show_page(pages.size(number), boxes, at_end=self._backwards)
        self.page_view.setAccessibleDescription(place.quote)
        self._backwards = False
        self.shown.emit()

    def _show_text(self, source: Source, remark: str) -> None:
        place = source.place
        self._show_frame(source, source.pages, drawn=False, remark=remark)
        found = self.text_view.show_page(source.page, place.start, place.end, place.quote)
        if place.quote and not found:
            self._say(f"{remark} {UNMARKED}".strip())
        self._backwards = False
        self.shown.emit()

    def _show_frame(self, source: Source, count: int, drawn: bool, remark: str) -> None:
        self._stack.setCurrentWidget(self.page_view if drawn else self.text_view)
        self._heading.setVisible(not drawn and not self._headed)
        self._say(remark)
        self._number.blockSignals(True)
        self._number.setMaximum(max(count, 1))
        self._number.setValue(source.page.number)
        self._number.blockSignals(False)
        self._of.setText(f"of {count:,}")
        self._part.setText(part_word(source.place.path).capitalize())
        for tool in self._page_tools:
            tool.setVisible(count > 1)
        self._back.setEnabled(source.page.number > 1)
        self._on.setEnabled(source.page.number < count)
        for tool in self._zoom_tools:
            tool.setVisible(drawn)

    def _say(self, remark: str) -> None:
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))

    def _picture(self, number: int, image: QImage) -> None:
        if self.source is not None and number == self.source.page.number:
            self.page_view.set_picture(image)

    def _number_changed(self, number: int) -> None:
        if self.source is not None and number != self.source.page.number:
            self.page_wanted.emit(number)

    def _lay_out(self) -> None:
        self._title.setFont(scaled(self._title.font(), 1.1, QFont.Weight.DemiBold))
        self._path.setProperty("look", "muted")
        self._path.setFont(scaled(self._path.font(), 0.9))
        close = _tool("✕", "Close the document (Ctrl+W)")
        close.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(close)
        self._back = _tool("", "Page before (Alt+Left)")
        self._back.setArrowType(Qt.ArrowType.LeftArrow)
        self._back.clicked.connect(lambda: self.turn(-1))
        self._on = _tool("", "Next page (Alt+Right)")
        self._on.setArrowType(Qt.ArrowType.RightArrow)
        self._on.clicked.connect(lambda: self.turn(1))
        tools = QHBoxLayout()
        tools.setSpacing(6)
        self._page_tools = (self._back, self._part, self._number, self._of, self._on)
        for widget in self._page_tools:
            tools.addWidget(widget)
        tools.addStretch()
        for words, tip, steps in (
            ("−", "Smaller (Ctrl+−)", -1),
            ("+", "Larger (Ctrl++)", 1),
            ("Fit", "As wide as the pane (Ctrl+0)", 0),
        ):
            tool = _tool(words, tip)
            tool.clicked.connect(lambda _checked=False, steps=steps: self.zoom(steps))
            self._zoom_tools.append(tool)
            tools.addWidget(tool)
        header = QFrame()
        header.setProperty("look", "header")
        inner = QVBoxLayout(header)
        inner.setContentsMargins(16, 12, 10, 10)
        inner.setSpacing(4)
        inner.addLayout(top)
        inner.addWidget(self._path)
        inner.addSpacing(4)
        inner.addLayout(tools)
        inner.addWidget(self._remark)
        inner.addWidget(self._heading)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.page_view)
        self._stack.addWidget(self.text_view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addLayout(self._stack, 1)
        self._remark.setVisible(False)
        self._heading.setVisible(False)


def _tool(words: str, tip: str) -> QToolButton:
    tool = QToolButton()
    tool.setText(words)
    tool.setToolTip(tip)
    tool.setAccessibleName(tip)
    tool.setAutoRaise(True)
    tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return tool
