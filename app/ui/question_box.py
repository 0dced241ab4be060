"""Where the question is written."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from app.ui.theme import scaled

MOST_LINES = 6


class QuestionBox(QFrame):
    """A field that grows with its text, and the button that asks or stops."""

    asked = Signal(str)
    stop_wanted = Signal()
    typed = Signal()
    """There is something in the field that could become a question."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "question")
        self.field = QPlainTextEdit(placeholderText="Ask a question")
        self.field.setAccessibleName("Your question")
        self.field.setToolTip("Enter asks, Shift+Enter begins a new line")
        self.field.setFrameShape(QFrame.Shape.NoFrame)
        self.field.setTabChangesFocus(True)
        self.field.setFont(scaled(self.field.font(), 1.1))
        self.field.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.field.viewport().setAutoFillBackground(False)
        self.field.setStyleSheet("background: transparent")
        # What is dropped belongs to the whole window, which adds it to the library.
        self.field.setAcceptDrops(False)
        self.field.textChanged.connect(self._changed)
        self.field.installEventFilter(self)
        self.button = QPushButton("Ask")
        self.button.setProperty("look", "primary")
        self.button.clicked.connect(self._pressed)
        self._answering = False
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        self._changed()

    def set_answering(self, answering: bool) -> None:
        """Offer to stop while a question is being answered, else to ask."""
        self._answering = answering
        self.button.setText("Stop" if answering else "Ask")
        self.button.setProperty("look", "plain" if answering else "primary")
        self.button.setToolTip("Stop the answer (Esc)" if answering else "Ask (Enter)")
        _polish(self.button)
        self._changed()

    def surround(self, before: str, after: str) -> None:
        """Put words around what is written, and let the user go on between them."""
        self.field.setPlainText(f"{before}{self.field.toPlainText().strip()}{after}")
        cursor = self.field.textCursor()
        cursor.setPosition(self.field.document().characterCount() - 1 - len(after))
        self.field.setTextCursor(cursor)
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn Enter into asking, and show where the keyboard is."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._ask()
                return True
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("active", event.type() is QEvent.Type.FocusIn)
            _polish(self)
        return super().eventFilter(watched, event)

    def _pressed(self) -> None:
        if self._answering:
            self.stop_wanted.emit()
        else:
            self._ask()

    def _ask(self) -> None:
        text = self.field.toPlainText().strip()
        if text and not self._answering:
            self.field.clear()
            self.asked.emit(text)

    def _changed(self) -> None:
        self.button.setEnabled(self._answering or bool(self.field.toPlainText().strip()))
        lines = max(1, min(MOST_LINES, int(self.field.document().size().height())))
        margins = 2 * int(self.field.document().documentMargin())
        wanted = max(lines * self.field.fontMetrics().lineSpacing() + margins, self.button.sizeHint().height())
        self.field.setFixedHeight(wanted)
        if self.field.toPlainText().strip():
            self.typed.emit()
        full = self.field.document().size().height() > MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if full else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.field.setVerticalScrollBarPolicy(policy)


def _polish(widget: QWidget) -> None:
    """Have the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
