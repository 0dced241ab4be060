"""What tests do in the window."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.desk import Desk

Start = Callable[..., Desk]
"""Opens the window; see the fixture `start`."""


def texts(widget: QWidget) -> str:
    """Return what is shown in a widget, a line a label."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def ask(desk: Desk, question: str = "Who carries the key?") -> None:
    """Type a question, and ask it."""
    field = desk.window.conversation.question.field
    QTest.keyClicks(field, question)
    QTest.keyClick(field, Qt.Key.Key_Return)
