"""A calm line about something, which can be closed."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from app.ui.labels import text_label


class NoticeBar(QFrame):
    """Says something, and offers one thing to do about it."""

    def __init__(
        self, text: str, action: str = "", act: Callable[[], None] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(8)
        self.text = text
        row.addWidget(text_label(text), 1)
        if act is not None:
            button = QPushButton(action)
            button.setProperty("look", "link")
            button.clicked.connect(act)
            button.clicked.connect(self.end)
            row.addWidget(button)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip("Close this notice")
        close.setAccessibleName("Close this notice")
        close.clicked.connect(self.end)
        row.addWidget(close)
        self.setAccessibleName(text)

    def end(self) -> None:
        """Take the notice away."""
        self.hide()
        self.deleteLater()
