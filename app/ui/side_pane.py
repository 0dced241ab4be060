"""The pane on the left: the documents, and on a second page the conversations about them."""

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.ui.conversations_view import ConversationsView
from app.ui.library_view import LibraryView
from app.ui.theme import Theme


class SidePane(QWidget):
    """Shows one of its two pages."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.library = LibraryView(theme)
        self.conversations = ConversationsView(theme)
        self.tabs = QTabBar(documentMode=True, drawBase=False, expanding=False)
        self.tabs.setAccessibleName("What the pane on the left shows")
        self._pages = QStackedWidget()
        for words, page in (("Documents", self.library), ("Conversations", self.conversations)):
            self.tabs.addTab(words)
            self._pages.addWidget(page)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        # In line with what the pages show.
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 10, 0)
        row.addWidget(self.tabs)
        column.addLayout(row)
        column.addWidget(self._pages, 1)

    def go_to_filter(self) -> None:
        """Let the user type the name of a document."""
        self.tabs.setCurrentIndex(0)
        self.library.filter.setFocus()

    def go_to_search(self) -> None:
        """Let the user type what a conversation is to be found by."""
        self.tabs.setCurrentIndex(1)
        self.conversations.search.setFocus()
