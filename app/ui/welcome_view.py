"""What stands in the middle before the first question."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.domain.english import count
from app.domain.errors import LecternError
from app.ui.icons import program_icon
from app.ui.labels import text_label
from app.ui.theme import Theme

FORMATS = "PDF, Word, web pages, Markdown and plain text."
NOTHING_LEAVES = "Everything stays on this computer."


class WelcomeView(QWidget):
    """Invites to add documents, or to ask about those that are there."""

    add_folder_wanted = Signal()
    add_files_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title = text_label("", size=1.7, weight=QFont.Weight.DemiBold)
        self._text = text_label("", "muted", 1.1)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._folder = QPushButton("Add folder…")
        self._folder.setProperty("look", "primary")
        self._folder.clicked.connect(self.add_folder_wanted)
        self._files = QPushButton("Add files…")
        self._files.setProperty("look", "plain")
        self._files.clicked.connect(self.add_files_wanted)
        self._lay_out()
        self._paint_icon()
        theme.changed.connect(self._paint_icon)
        self.show_opening()

    def show_opening(self) -> None:
        """Say that the library is being opened."""
        self._show("Lectern", "Opening the library…", adding=False)

    def show_empty(self) -> None:
        """Invite to add documents."""
        text = f"{FORMATS}\n{NOTHING_LEAVES}"
        self._show("Drop a folder of documents here", text, adding=True)

    def show_documents(self, documents: int) -> None:
        """Invite to ask."""
        text = (
            f"{count(documents, 'document')} in the library.\n"
            "Every answer is a quote, and every quote opens the page it stands on."
        )
        self._show("What would you like to know?", text, adding=False)

    def show_fault(self, error: LecternError) -> None:
        """Say why the library cannot be opened."""
        self._show("The library cannot be opened", f"{error.summary}\n{error.remedy}".strip(), adding=False)

    def _show(self, title: str, text: str, adding: bool) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._folder.setVisible(adding)
        self._files.setVisible(adding)

    def _paint_icon(self) -> None:
        self._icon.setPixmap(program_icon(self._theme.colours).pixmap(64, 64))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(self._folder)
        buttons.addWidget(self._files)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 20, 40, 20)
        column.setSpacing(14)
        column.addStretch(2)
        column.addWidget(self._icon)
        column.addSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addSpacing(10)
        column.addLayout(buttons)
        column.addStretch(3)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
