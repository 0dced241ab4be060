"""Where the next question is asked: all documents, or what was chosen of them."""

from collections.abc import Iterable
from functools import partial
from html import escape

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.domain.scope import EVERYTHING, Scope
from app.ui.days_question import DaysQuestion
from app.ui.folded import link_button
from app.ui.labels import LinkLabel, breakable
from app.ui.scope_choices import Choice, Choices


class ScopeBar(QWidget):
    """A button that opens a menu, and beside it what was chosen, as words that can be removed."""

    menu_wanted = Signal()
    """The choices are to be shown, by `show_menu`."""
    chosen = Signal(object)
    """The `Scope` that is to be searched."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = EVERYTHING
        self.button = link_button("", "Choose which documents are searched (Ctrl+Shift+L)")
        self.button.clicked.connect(self.menu_wanted)
        self.words = _words_label()
        self.words.linkActivated.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(12)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        self.show_scope(EVERYTHING)

    def show_scope(self, scope: Scope) -> None:
        """Say what is searched."""
        self._scope = scope
        self.button.setText("Search in all documents ▾" if scope == EVERYTHING else "Search only ▾")
        self.button.setAccessibleName(f"Where to search: {scope.text or 'all documents'}")
        parts = [words for words, _ in scope.parts()]
        # Qt never goes back from a link that a text begins with, hence the space of no width.
        self.words.setText("&#8203;" + " &nbsp; ".join(_link(number, words) for number, words in enumerate(parts)))
        self.words.setAccessibleName(f"Searched only: {', '.join(parts)}. Enter removes a word.")
        self.words.setVisible(bool(parts))

    def show_menu(self, choices: Choices) -> None:
        """Offer what can be chosen, above the button."""
        menu = self.menu_of(choices)
        menu.popup(self.button.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def menu_of(self, choices: Choices) -> QMenu:
        """Return the menu of what can be chosen."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add(menu, [choices.everything])
        menu.addSeparator()
        for title, some in (("&Collections", choices.collections), ("&Types", choices.types)):
            if some:
                self._add(menu.addMenu(title), some)
        menu.addAction("&Days…", QKeySequence(), self._ask_for_days)
        menu.addSeparator()
        self._add(menu, choices.selected)
        return menu

    def _add(self, menu: QMenu, some: Iterable[Choice]) -> None:
        for choice in some:
            # An ampersand would make the letter after it a key.
            action = menu.addAction(choice.words.replace("&", "&&"), QKeySequence(), partial(self._choose, choice))
            action.setCheckable(True)
            action.setChecked(choice.taken)

    def _choose(self, choice: Choice) -> None:
        self.chosen.emit(choice.scope)

    def _remove(self, number: str) -> None:
        self.chosen.emit([rest for _, rest in self._scope.parts()][int(number)])

    def _ask_for_days(self) -> None:
        question = DaysQuestion(self._scope, self.window())
        question.chosen.connect(self.chosen)
        question.open()


def _words_label() -> LinkLabel:
    label = LinkLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )
    # Room for the frame around the link that has the keyboard.
    label.setContentsMargins(1, 2, 1, 2)
    return label


def _link(number: int, words: str) -> str:
    tip = escape(f"Search without: {words}", quote=True)
    return f'<a href="{number}" title="{tip}" style="text-decoration:none">{escape(breakable(words))}&nbsp;×</a>'
