"""The window: three panes, a strip at the bottom, and a place to drop things that is all of it."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QSplitter, QVBoxLayout, QWidget

from app.domain.english import count
from app.ui.conversation_view import ConversationView
from app.ui.icons import program_icon
from app.ui.models_presenter import is_model
from app.ui.overlay import Overlay
from app.ui.progress_strip import ProgressStrip
from app.ui.side_pane import SidePane
from app.ui.source_view import SourceView
from app.ui.theme import Theme
from app.ui.welcome_view import WelcomeView

FIRST_SIZE = (1360, 860)
FIRST_PANES = (310, 550, 500)


class MainWindow(QMainWindow):
    """Lays out the views and takes what is dropped. What it all does is in `app.ui.desk`."""

    paths_dropped = Signal(list)
    close_wanted = Signal()
    painted = Signal()
    """The window was painted for the first time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("Lectern")
        self.setWindowIcon(program_icon(theme.colours))
        self.setAcceptDrops(True)
        self.resize(*FIRST_SIZE)
        self.welcome = WelcomeView(theme)
        self.side = SidePane(theme)
        self.library = self.side.library
        self.conversations = self.side.conversations
        self.conversation = ConversationView(self.welcome)
        self.source = SourceView(theme)
        self.strip = ProgressStrip()
        self.panes = self._made_panes()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panes, 1)
        column.addWidget(self.strip)
        self.setCentralWidget(body)
        self.overlay = Overlay(self)
        self._may_close = False
        self._painted = False
        self.conversation.question.field.setFocus()

    def ask_for_folder(self) -> None:
        """Let the user choose a folder to add."""
        chosen = QFileDialog.getExistingDirectory(self, "Add a folder of documents")
        if chosen:
            self.paths_dropped.emit([Path(chosen)])

    def ask_for_files(self) -> None:
        """Let the user choose files to add."""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Add documents")
        if chosen:
            self.paths_dropped.emit([Path(path) for path in chosen])

    def show_closing(self) -> None:
        """Say that the window is about to close."""
        self.overlay.show_text("Closing…", framed=False)

    def close_now(self) -> None:
        """Close without asking again."""
        self._may_close = True
        self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first time."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Have the work ended first."""
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_wanted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Show where to drop files and folders."""
        paths = _paths(event)
        if paths:
            event.acceptProposedAction()
            what = f"“{paths[0].name}”" if len(paths) == 1 else count(len(paths), "thing")
            where = "to the models" if all(map(is_model, paths)) else "to the library"
            self.overlay.show_text(f"Drop to add {what} {where}", framed=True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Go on accepting."""
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the sign away."""
        event.accept()
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self.overlay.hide()
        paths = _paths(event)
        if paths:
            event.acceptProposedAction()
            self.paths_dropped.emit(paths)

    def _made_panes(self) -> QSplitter:
        panes = QSplitter(Qt.Orientation.Horizontal)
        panes.setHandleWidth(1)
        panes.setChildrenCollapsible(False)
        for pane, stretch, least in ((self.side, 0, 200), (self.conversation, 1, 380), (self.source, 1, 320)):
            pane.setMinimumWidth(least)
            panes.addWidget(pane)
            panes.setStretchFactor(panes.indexOf(pane), stretch)
        panes.setSizes(FIRST_PANES)
        self.source.hide()
        return panes


def _paths(event: QDropEvent) -> list[Path]:
    """Return the files and folders that are dragged."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
