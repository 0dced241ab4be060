"""The pane in the middle: questions, answers, and where the next question is written."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from app.domain.english import count
from app.ui.folded import link_button
from app.ui.labels import text_label, tip
from app.ui.notice_bar import NoticeBar
from app.ui.question_box import QuestionBox
from app.ui.scope_bar import ScopeBar
from app.ui.turn import Turn
from app.ui.turn_view import TurnView
from app.ui.welcome_view import WelcomeView

COLUMN = 760
"""Widest line of text that is comfortable to read, in pixels."""

AT_ONCE = 5
"""Turns of a past conversation that are shown in one go: to lay out each takes some 20 ms of the window's thread."""


class ConversationView(QWidget):
    """The turns, newest last."""

    citation_opened = Signal(object)
    """The `Citation` whose mark was used."""
    as_typed_wanted = Signal(str)
    """A question that is to be looked for as it was typed."""

    def __init__(self, welcome: WelcomeView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "paper")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.scope = ScopeBar()
        self.question = QuestionBox()
        self.turns: list[tuple[Turn, TurnView]] = []
        self._earlier: list[Turn] = []
        self._show_more = link_button("Show earlier questions", "Show more of what was asked before")
        self._show_more.clicked.connect(self._show_earlier)
        self._welcome = welcome
        self._column = QVBoxLayout()
        self._column.setContentsMargins(28, 20, 28, 8)
        self._column.setSpacing(16)
        self._column.addWidget(self._show_more, 0, Qt.AlignmentFlag.AlignLeft)
        self._show_more.hide()
        self._column.addStretch()
        self._scroll = self._made_scroll()
        self._models = text_label("", "muted", 0.9)
        self._models.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._notices = QVBoxLayout()
        self._notices.setSpacing(8)
        self._lay_out()
        self._follow = True
        self._scroll.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self._keep_in_view())
        self._scroll.verticalScrollBar().sliderMoved.connect(self._let_go)
        self._scroll.verticalScrollBar().actionTriggered.connect(self._let_go)

    def show_conversation(self, turns: Sequence[Turn]) -> None:
        """Show these turns in the place of those that are shown, the last of them at first."""
        for _, view in self.turns:
            self._column.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.turns.clear()
        self.question.set_answering(False)
        self._pages.setCurrentWidget(self._welcome)
        self._earlier = list(turns[:-AT_ONCE])
        self._offer_earlier()
        for turn in turns[-AT_ONCE:]:
            self.show_turn(turn)

    def show_turn(self, turn: Turn) -> None:
        """Show a new turn, or bring the shown one up to date."""
        self.question.set_answering(turn.running)
        for _, shown in self.turns:
            shown.as_typed.setEnabled(not turn.running)
        if self.turns and self.turns[-1][0] is turn:
            self.turns[-1][1].refresh()
            self._order_stops()
            return
        view = self._made_view(turn)
        self.turns.append((turn, view))
        self._column.insertWidget(self._column.count() - 1, view)
        self._pages.setCurrentWidget(self._scroll)
        self._follow = True
        self._order_stops()

    def _show_earlier(self) -> None:
        self._follow = False
        for turn in self._earlier[: -AT_ONCE - 1 : -1]:
            view = self._made_view(turn)
            self.turns.insert(0, (turn, view))
            self._column.insertWidget(1, view)
            _chain([self._show_more, *view.stops()])
        del self._earlier[-AT_ONCE:]
        self._offer_earlier()

    def _offer_earlier(self) -> None:
        self._show_more.setText(f"Show {count(len(self._earlier), 'earlier question')}")
        self._show_more.setVisible(bool(self._earlier))

    def _made_view(self, turn: Turn) -> TurnView:
        view = TurnView(turn, lambda mark: self.citation_opened.emit(mark.citation))
        view.as_typed.clicked.connect(lambda: self.as_typed_wanted.emit(turn.question))
        view.as_typed.setEnabled(not turn.running)
        return view

    def show_models(self, words: str, each: str) -> None:
        """Say below the question which models are at work, and of each what for."""
        self._models.setText(words)
        self._models.setToolTip(tip(each))
        self._models.setVisible(bool(words))

    def add_notice(self, notice: NoticeBar) -> None:
        """Show a notice above the question until it is closed; one that says the same is replaced."""
        for shown in self.findChildren(NoticeBar):
            if shown.text == notice.text:
                shown.end()
        self._notices.addWidget(notice)

    def _made_scroll(self) -> QScrollArea:
        body = QWidget()
        body.setProperty("look", "paper")
        body.setLayout(_centred(self._column))
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        scroll.setAccessibleName("Questions and answers")
        return scroll

    def _lay_out(self) -> None:
        self._pages = QStackedLayout()
        self._pages.addWidget(self._welcome)
        self._pages.addWidget(self._scroll)
        below = QVBoxLayout()
        below.setContentsMargins(28, 4, 28, 12)
        below.setSpacing(8)
        below.addLayout(self._notices)
        below.addWidget(self.scope)
        below.addWidget(self.question)
        below.addWidget(self._models)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._pages, 1)
        self._below = _centred(below)
        column.addLayout(self._below)
        self._models.setVisible(False)

    def _order_stops(self) -> None:
        """Let the Tab key go through the answers from top to bottom, and then to the question."""
        before = self.turns[-2][1].stops()[-1] if len(self.turns) > 1 else self._show_more
        below = (self.scope.button, self.scope.words, self.question.field, self.question.button)
        _chain([before, *self.turns[-1][1].stops(), *below])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the question in line with the answers, which have a scroll bar beside them."""
        super().resizeEvent(event)
        self._below.setContentsMargins(0, 0, self._scroll.verticalScrollBar().sizeHint().width(), 0)

    def _let_go(self) -> None:
        self._follow = False

    def _keep_in_view(self) -> None:
        """Scroll down as the answer grows, but never the question out of sight."""
        bar = self._scroll.verticalScrollBar()
        bar.setEnabled(bar.maximum() > bar.minimum())
        if self._follow and self.turns:
            bar.setValue(min(bar.maximum(), self.turns[-1][1].y() - self._column.contentsMargins().top()))


def _chain(stops: Sequence[QWidget]) -> None:
    """Let the Tab key go from each to the next."""
    for one, other in pairwise(stops):
        QWidget.setTabOrder(one, other)


def _centred(column: QVBoxLayout) -> QHBoxLayout:
    """Return a row that keeps the column in the middle and no wider than `COLUMN`."""
    holder = QWidget()
    holder.setLayout(column)
    holder.setMaximumWidth(COLUMN)
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(holder, 100)
    row.addStretch(1)
    return row
