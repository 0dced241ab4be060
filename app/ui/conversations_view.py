"""The list of conversations that were kept, with a search."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QInputDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QMessageBox,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.conversations import ConversationEntry
from app.ui.labels import text_label
from app.ui.theme import Theme
from app.ui.two_line_delegate import ENTRY_ROLE, LINE_ROLE, TwoLineDelegate
from app.ui.wording import conversation_line, file_name

SEARCH_PAUSE_MS = 150
FORMATS = "PDF (*.pdf);;Web page (*.html);;Markdown (*.md)"


class ConversationsView(QWidget):
    """Past conversations, newest first."""

    searched = Signal(str)
    """The words that are looked for."""
    chosen = Signal(int)
    """The id of the conversation to show."""
    begin_wanted = Signal()
    rename_wanted = Signal(int, str)
    remove_wanted = Signal(int)
    export_wanted = Signal(object, object)
    """The id of the conversation to export, None for the one that is shown, and the path of the file."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delegate = TwoLineDelegate(theme.colours, self)
        self.search = self._made_search()
        self.list = self._made_list()
        self._empty = text_label("Nothing was asked here yet.\n\nWhat you ask is kept, and can be found here.", "muted")
        self._none = text_label("No conversation has these words.", "muted")
        for hint in (self._empty, self._none):
            hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        begin = QPushButton("New conversation")
        begin.setProperty("look", "link")
        begin.setToolTip("Begin a new conversation (Ctrl+N)")
        begin.clicked.connect(self.begin_wanted)
        self._pages = QStackedLayout()
        for page in (self.list, self._empty, self._none):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 8)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addLayout(self._pages, 1)
        column.addWidget(begin, 0, Qt.AlignmentFlag.AlignLeft)
        theme.changed.connect(lambda: self._recolour(theme))
        self.show_conversations((), None)

    def show_conversations(self, entries: Sequence[ConversationEntry], current: int | None) -> None:
        """List conversations; the one with the id ``current`` is marked."""
        self.list.clear()
        for entry in entries:
            item = QListWidgetItem(entry.name, self.list)
            item.setData(ENTRY_ROLE, entry)
            item.setData(LINE_ROLE, conversation_line(entry))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.name}, {conversation_line(entry)}")
            item.setToolTip(entry.name)
            if entry.id == current:
                self.list.setCurrentItem(item)
        empty = self._none if self.search.text().strip() else self._empty
        self._pages.setCurrentWidget(self.list if entries else empty)
        self.search.setVisible(bool(entries) or empty is self._none)

    def menu_for(self, entry: ConversationEntry) -> QMenu:
        """Return what can be done with a conversation."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show", QKeySequence(), lambda: self.chosen.emit(entry.id))
        menu.addAction("Rename…", QKeySequence(), lambda: self.ask_for_name(entry))
        menu.addAction("Export…", QKeySequence(), lambda: self.ask_for_file(entry.id, entry.name))
        menu.addSeparator()
        menu.addAction("Remove…", QKeySequence(), lambda: self.ask_before_removing(entry))
        return menu

    def ask_for_name(self, entry: ConversationEntry) -> None:
        """Let the user type another name."""
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Rename the conversation")
        dialog.setLabelText("Name:")
        dialog.setTextValue(entry.name)
        dialog.textValueSelected.connect(lambda name: self.rename_wanted.emit(entry.id, name))
        dialog.open()

    def ask_before_removing(self, entry: ConversationEntry) -> None:
        """Remove a conversation where the user agrees."""
        question = QMessageBox(QMessageBox.Icon.Question, "Remove the conversation", "", parent=self)
        question.setText(f"Remove “{entry.name}”?")
        question.setInformativeText("Its questions and answers cannot be had back. Your documents stay.")
        remove = question.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
        question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
        question.buttonClicked.connect(lambda button: self.remove_wanted.emit(entry.id) if button is remove else None)
        question.open()

    def ask_for_file(self, conversation: int | None, name: str) -> None:
        """Let the user choose where a conversation is written to; the dialog asks before a file is replaced."""
        chosen, _ = QFileDialog.getSaveFileName(self, "Export the conversation", f"{file_name(name)}.pdf", FORMATS)
        if chosen:
            self.export_wanted.emit(conversation, Path(chosen))

    def _made_search(self) -> QLineEdit:
        field = QLineEdit(placeholderText="Find in questions and answers", clearButtonEnabled=True)
        field.setAccessibleName("Find in questions and answers")
        field.setProperty("look", "field")
        # What is dropped belongs to the whole window, which adds it to the library.
        field.setAcceptDrops(False)
        pause = QTimer(self, singleShot=True, interval=SEARCH_PAUSE_MS)
        pause.timeout.connect(lambda: self.searched.emit(field.text().strip()))
        field.textChanged.connect(lambda _text: pause.start())
        return field

    def _made_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Past conversations")
        made.setItemDelegate(self._delegate)
        made.setUniformItemSizes(True)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(self._offer)
        for signal in (made.itemClicked, made.itemActivated):
            signal.connect(lambda item: self.chosen.emit(item.data(ENTRY_ROLE).id))
        self._add_key(made, QKeySequence("F2"), self.ask_for_name)
        self._add_key(made, QKeySequence(QKeySequence.StandardKey.Delete), self.ask_before_removing)
        return made

    def _add_key(self, made: QListWidget, key: QKeySequence, do: Callable[[ConversationEntry], None]) -> None:
        """Do something with the current conversation when a key is pressed."""
        shortcut = QShortcut(key, made)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: do(made.currentItem().data(ENTRY_ROLE)) if made.currentItem() else None)

    def _offer(self, position: QPoint) -> None:
        item = self.list.itemAt(position)
        if item is not None:
            self.menu_for(item.data(ENTRY_ROLE)).exec(self.list.viewport().mapToGlobal(position))

    def _recolour(self, theme: Theme) -> None:
        self._delegate.recolour(theme.colours)
        self.list.viewport().update()
