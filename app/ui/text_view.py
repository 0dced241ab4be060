"""The text of a page with marked words, for documents that have no drawn pages."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from app.domain.documents import Page
from app.ui.labels import READING
from app.ui.quotes import find_quote, same_words, utf16_offset
from app.ui.theme import Colours, scaled

MARGIN = 20
LINE_HEIGHT = 140.0
WINDOW = 40_000
"""Characters shown before and after the marked words: laying a text out takes its time on the window's thread."""


class TextView(QTextEdit):
    """Shows the text of one page, read-only."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._marked: QTextCursor | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setReadOnly(True)
        self.setAcceptDrops(False)
        self.setAcceptRichText(False)
        self.setFont(scaled(self.font(), READING))
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags)

    @property
    def marked_text(self) -> str:
        """The words that are marked."""
        return self._marked.selectedText().replace("\u2029", "\n") if self._marked is not None else ""

    def show_page(self, page: Page, start: int, end: int, quote: str) -> bool:
        """Show a page and mark the quote. Returns whether its words were found."""
        text = page.text.translate({0x0D: " ", 0x2029: "\n", 0: " "})
        span = (start, end) if same_words(text[start:end], quote) else find_quote(text, quote, start)
        first = max(0, span[0] - WINDOW) if span else 0
        shown = text[first : (span[1] if span else 0) + WINDOW]
        document = QTextDocument(self)
        document.setDefaultFont(self.font())
        document.setDocumentMargin(MARGIN)
        document.setPlainText(shown)
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        spacing = QTextBlockFormat()
        spacing.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(spacing)
        if first == 0 and page.heading and shown.startswith(page.heading):
            cursor.setPosition(0)
            cursor.setPosition(utf16_offset(shown, len(page.heading)), QTextCursor.MoveMode.KeepAnchor)
            strong = QTextCharFormat()
            strong.setFontWeight(QFont.Weight.DemiBold)
            cursor.mergeCharFormat(strong)
        self.setDocument(document)
        self._marked = None
        if span:
            self._mark(shown, span[0] - first, span[1] - first)
        self._paint_mark()
        return span is not None

    def recolour(self, colours: Colours) -> None:
        """Use the colours of another scheme."""
        self._colours = colours
        self._paint_mark()

    def _mark(self, text: str, start: int, end: int) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16_offset(text, start))
        cursor.setPosition(utf16_offset(text, end), QTextCursor.MoveMode.KeepAnchor)
        self._marked = cursor
        beginning = QTextCursor(cursor)
        beginning.setPosition(cursor.selectionStart())
        top = self.verticalScrollBar().value() + self.cursorRect(beginning).top()
        self.verticalScrollBar().setValue(top - self.viewport().height() // 3)

    def _paint_mark(self) -> None:
        selections = []
        for line in self._marked_lines():
            selection = QTextEdit.ExtraSelection()
            selection.cursor = line
            selection.format.setBackground(QColor(self._colours.marker))
            selections.append(selection)
        self.setExtraSelections(selections)

    def _marked_lines(self) -> Iterator[QTextCursor]:
        """Return a cursor for the marked words of each paragraph: empty ones and their ends are left unmarked."""
        if self._marked is None:
            return
        start, end = self._marked.selectionStart(), self._marked.selectionEnd()
        block = self.document().findBlock(start)
        while block.isValid() and block.position() < end:
            line = QTextCursor(block)
            line.setPosition(max(start, block.position()))
            line.setPosition(min(end, block.position() + block.length() - 1), QTextCursor.MoveMode.KeepAnchor)
            if line.hasSelection():
                yield line
            block = block.next()
