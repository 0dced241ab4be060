"""The pane on the left: collections, their documents, and how far each has come."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.domain.documents import DocumentEntry, DocumentState
from app.domain.english import count
from app.domain.scope import Scope
from app.ui.library_model import LibraryModel
from app.ui.listing import Changes, Listing
from app.ui.scope_choices import Choice, only_collection, only_document, only_documents, only_folder
from app.ui.theme import Colours, Theme, scaled
from app.ui.two_line_delegate import ENTRY_ROLE, TwoLineDelegate

FILTER_PAUSE_MS = 150
SUMMARISE, SUMMARISE_SEVERAL, COMPARE = (
    "Summarise this document",
    "Summarise these documents",
    "Compare these two documents",
)
"""Questions that are about the documents as a whole."""
MANY = 100
"""Rows to remove at once, from which on the tree is folded for it."""


class LibraryView(QWidget):
    """The library as a tree with a filter."""

    opened = Signal(object)
    """A `DocumentEntry` to show in the source pane."""
    reason_wanted = Signal(object)
    """A skipped `DocumentEntry` whose reason is to be shown."""
    erase_wanted = Signal(object)
    """A `DocumentEntry` to remove."""
    scope_wanted = Signal(object)
    """The `Scope` that the next question is about."""
    ask_wanted = Signal(str, object)
    """A question, and the `Scope` that it is about."""
    add_folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = LibraryModel(self)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(self.model)
        self._filtered.setRecursiveFilteringEnabled(True)
        self._filtered.setAutoAcceptChildRows(True)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._delegate = TwoLineDelegate(theme.colours, self)
        self.tree = self._made_tree()
        self.filter = self._made_filter()
        self._count = QLabel()
        self._count.setProperty("look", "muted")
        self._empty = _hint("Nothing here yet.\n\nDrop a folder of documents anywhere in this window.")
        self._none = _hint("No document has this in its name.")
        self._lay_out()
        theme.changed.connect(lambda: self._recolour(theme.colours))
        self._show_right_page()

    def show_changes(self, changes: Changes, listing: Listing) -> None:
        """Bring the rows and the counts up to date."""
        if len(changes.removed) > MANY:
            # An unfolded tree is laid out again for each row that goes.
            self.tree.collapseAll()
            self.model.done.connect(self.tree.expandAll, Qt.ConnectionType.SingleShotConnection)
        self.model.apply(changes)
        self._count.setText(count(listing.documents, "document") if listing.entries else "")

    @property
    def selected(self) -> DocumentEntry | None:
        """The document that is selected."""
        entry: DocumentEntry | None = self.tree.currentIndex().data(ENTRY_ROLE)
        return entry

    @property
    def several(self) -> list[DocumentEntry]:
        """The documents that are selected, from top to bottom, where there are several."""
        rows = sorted(self.tree.selectionModel().selectedRows(), key=lambda index: (index.parent().row(), index.row()))
        entries = [entry for index in rows if (entry := index.data(ENTRY_ROLE)) and entry.pages]
        return entries if len(entries) > 1 else []

    def _made_tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self._filtered)
        tree.setItemDelegate(self._delegate)
        tree.setAccessibleName("Documents in the library")
        tree.setHeaderHidden(True)
        tree.setUniformRowHeights(True)
        tree.setIndentation(12)
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._offer)
        tree.activated.connect(self._open)
        tree.clicked.connect(self._look)
        erase = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), tree)
        erase.setContext(Qt.ShortcutContext.WidgetShortcut)
        erase.activated.connect(self._erase_current)
        self._filtered.rowsInserted.connect(self._unfold)
        for signal in (self._filtered.rowsInserted, self._filtered.rowsRemoved, self._filtered.layoutChanged):
            signal.connect(self._show_right_page)
        return tree

    def _made_filter(self) -> QLineEdit:
        field = QLineEdit(placeholderText="Find a document by its name", clearButtonEnabled=True)
        field.setAccessibleName("Find a document by its name")
        field.setProperty("look", "field")
        # What is dropped belongs to the whole window, which adds it to the library.
        field.setAcceptDrops(False)
        pause = QTimer(self, singleShot=True, interval=FILTER_PAUSE_MS)
        pause.timeout.connect(self._filter)
        field.textChanged.connect(lambda _text: pause.start())
        return field

    def _lay_out(self) -> None:
        title = QLabel("Library")
        title.setFont(scaled(title.font(), 1.15, QFont.Weight.DemiBold))
        add = QPushButton("Add folder…")
        add.setProperty("look", "link")
        add.setToolTip("Add a folder of documents to the library")
        add.clicked.connect(self.add_folder_wanted)
        top = QHBoxLayout()
        top.addWidget(title)
        top.addStretch()
        top.addWidget(self._count)
        self._stack = QStackedLayout()
        for page in (self.tree, self._empty, self._none):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 10, 8)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.filter)
        column.addLayout(self._stack, 1)
        column.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        self._add = add

    def _recolour(self, colours: Colours) -> None:
        self._delegate.recolour(colours)
        self.tree.viewport().update()

    def _filter(self) -> None:
        self._filtered.setFilterFixedString(self.filter.text().strip())
        self.tree.expandToDepth(0)
        self._show_right_page()

    def _show_right_page(self) -> None:
        empty = self.model.rowCount() == 0
        self.filter.setVisible(not empty)
        self._add.setVisible(not empty)
        nothing_left = not empty and self._filtered.rowCount() == 0
        self._stack.setCurrentWidget(self._empty if empty else self._none if nothing_left else self.tree)

    def _unfold(self, parent: QModelIndex, first: int, last: int) -> None:
        if not parent.isValid():
            for row in range(first, last + 1):
                self.tree.setExpanded(self._filtered.index(row, 0), True)
        elif first == 0 and self._filtered.rowCount(parent) == last + 1:
            self.tree.setExpanded(parent, True)

    def _open(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if entry is None:
            return
        if entry.state is DocumentState.SKIPPED:
            self.reason_wanted.emit(entry)
        else:
            self.opened.emit(entry)

    def _look(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if entry is not None and entry.pages:
            self.opened.emit(entry)

    def _erase_current(self) -> None:
        if self.selected is not None:
            self.erase_wanted.emit(self.selected)

    def _offer(self, position: QPoint) -> None:
        index = self.tree.indexAt(position)
        if index.isValid():
            entry = index.data(ENTRY_ROLE)
            several = self.several
            if entry is not None and entry in several:
                menu = self.menu_for_several(several)
            else:
                menu = self.menu_for(entry) if entry else self.menu_for_collection(index.data())
            menu.exec(self.tree.viewport().mapToGlobal(position))

    def menu_for(self, entry: DocumentEntry) -> QMenu:
        """Return what can be done with a document."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if entry.pages:
            menu.addAction("Show the document", QKeySequence(), lambda: self.opened.emit(entry))
            self._add_choices(menu, only_document(entry), only_folder(entry))
            self._add_question(menu, "Summarise", SUMMARISE, only_document(entry).scope)
        if entry.state is DocumentState.SKIPPED:
            menu.addAction("Why was it skipped?", QKeySequence(), lambda: self.reason_wanted.emit(entry))
        menu.addSeparator()
        menu.addAction("Remove from the library…", QKeySequence(), lambda: self.erase_wanted.emit(entry))
        return menu

    def menu_for_several(self, entries: Sequence[DocumentEntry]) -> QMenu:
        """Return what can be done with several documents."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        these = only_documents(entries)
        self._add_choices(menu, these)
        self._add_question(menu, "Summarise these documents", SUMMARISE_SEVERAL, these.scope)
        if len(entries) == 2:
            self._add_question(menu, "Compare these two documents", COMPARE, these.scope)
        return menu

    def menu_for_collection(self, name: str) -> QMenu:
        """Return what can be done with a collection."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_choices(menu, only_collection(name))
        return menu

    def _add_choices(self, menu: QMenu, *choices: Choice) -> None:
        for choice in choices:
            menu.addAction(choice.words, QKeySequence(), partial(self.scope_wanted.emit, choice.scope))

    def _add_question(self, menu: QMenu, words: str, question: str, scope: Scope) -> None:
        menu.addAction(words, QKeySequence(), lambda: self.ask_wanted.emit(question, scope))


def _hint(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("look", "muted")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label
