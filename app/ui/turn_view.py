"""One question and its answer, as widgets that grow while the answer comes."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.documents.cleaning import plain, plain_lines
from app.domain.english import count
from app.ui.folded import Thoughts, WithheldClaims, link_button
from app.ui.labels import READING, LinkLabel, breakable, marked_label, places_label, shortened, text_label, tip
from app.ui.turn import DISAGREEING, Mark, Phase, ShownClaim, Turn, as_text, dated_words, looked_for

HEADING = 240
"""Characters shown of a question above its answer."""
QUOTES_AT_ONCE = 25
"""Quotes that are shown in one go: to lay out 40 holds the window's thread up for 0.12 s."""
SNIPPET = 280
"""Characters shown of a passage that is only near."""


class TurnView(QWidget):
    """Shows a `Turn`; `refresh` adds what is new.

    Attributes:
        as_typed: has the question looked for as it was typed.
    """

    def __init__(self, turn: Turn, opened: Callable[[Mark], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.as_typed = link_button("Ask exactly as typed", "Look for the words of the question and no others")
        self._looked_for = text_label("", "muted")
        self._turn = turn
        self._opened = opened
        self._status = text_label("", "muted")
        self._verdict = text_label("", size=READING)
        self._scope = text_label("", "muted")
        self._searched = text_label("", "muted")
        self._quotes = _QuotesSection(self.refresh)
        self._model = _ModelSection()
        self._nearest = _Section("The nearest passages")
        self._error = text_label("", "amber")
        self._withheld = WithheldClaims()
        self._thoughts = Thoughts()
        self._copy = link_button("Copy answer", "Copy the answer with its citations")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(as_text(turn)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 20)
        column.setSpacing(12)
        question = text_label(shortened(turn.question, HEADING), size=1.25, weight=QFont.Weight.DemiBold)
        question.setAccessibleName(turn.question)
        if len(turn.question) > HEADING:
            question.setToolTip(tip(turn.question))
        documents, model = (self._quotes, self._nearest), (self._model, self._withheld, self._thoughts)
        self._answer = (*model, *documents) if turn.model_leads else (*documents, *model)
        column.addWidget(question)
        column.addWidget(self._looked_for)
        column.addWidget(self.as_typed, 0, Qt.AlignmentFlag.AlignLeft)
        for part in (self._scope, self._verdict, self._searched, *self._answer):
            column.addWidget(part)
        column.addWidget(self._status)
        column.addWidget(self._error)
        footer = QHBoxLayout()
        footer.addWidget(self._copy)
        footer.addStretch()
        column.addLayout(footer)
        self.refresh()

    def refresh(self) -> None:
        """Bring the widgets up to date with the turn."""
        turn = self._turn
        if turn.quotes and turn.quotes[0].reckoned:
            self._quotes.entitle("Reckoned from your documents")
        for quote in turn.quotes[self._quotes.filled : self._quotes.room]:
            self._quotes.add_below(quote.heading, _quote_card(quote, self._opened))
        self._quotes.offer(len(turn.quotes) - self._quotes.filled)
        for mark in turn.nearest[self._nearest.filled :]:
            self._nearest.add(_passage_card(mark, self._opened))
        for claim in turn.claims[self._model.filled :]:
            self._model.add(marked_label(plain(claim.text), claim.marks, self._opened, "", READING))
        _show_words(self._looked_for, breakable(looked_for(turn)))
        self.as_typed.setVisible(bool(turn.asked))
        self._withheld.refresh(turn.withheld)
        self._thoughts.refresh(turn.thoughts)
        self._model.show_state(model_words(turn))
        _show_words(self._verdict, verdict_words(turn))
        _show_words(self._scope, scope_words(turn))
        _show_words(self._searched, searched_words(turn))
        _show_words(self._status, status_words(turn))
        _show_words(self._error, fault_words(turn))
        self._copy.setVisible(turn.answered and not turn.running)

    def stops(self) -> list[QWidget]:
        """Return what the Tab key comes to, from top to bottom."""
        stops: list[QWidget] = [self.as_typed]
        for part in self._answer:
            stops += part.findChildren(LinkLabel) if isinstance(part, _Section) else [part.button]
            stops += [part.more] if isinstance(part, _QuotesSection) else []
        return [*stops, self._copy]


def fault_words(turn: Turn) -> str:
    """Say what went wrong, or what was left out and why."""
    if turn.error is not None:
        return str(turn.error)
    if turn.words_only:
        return f"Looked for by words only. {turn.words_only}"
    return f"Found without the reranker. {turn.unranked}" if turn.unranked else ""


def status_words(turn: Turn) -> str:
    """Say where the answer stands, where its parts do not say so themselves."""
    if turn.phase is Phase.WAITING:
        return "Opening the library…"
    if turn.phase is Phase.SEARCHING and not turn.quotes:
        return "Looking through your documents…"
    words = ["Stopped."] if turn.phase is Phase.STOPPED else []
    if turn.erased:
        words.append("A document that this was made from was erased, and with it what was quoted here.")
    return " ".join(words)


def scope_words(turn: Turn) -> str:
    """Say which documents are asked, where not all are and what was searched does not say so."""
    return f"Only documents {breakable(turn.scope.text)}" if turn.scope.text and not searched_words(turn) else ""


def verdict_words(turn: Turn) -> str:
    """Say that no answer was found, where none was, or several that do not agree."""
    if not turn.not_found:
        return DISAGREEING if turn.disagreeing else ""
    documents = "these documents" if turn.scope.text else "your documents"
    if turn.nearest or turn.erased:
        return f"{documents.capitalize()} do not answer this."
    if turn.no_documents:
        return "There are no documents yet. Drop a folder on this window, then ask again."
    return f"Nothing in {documents} is about this."


def searched_words(turn: Turn) -> str:
    """Say what was looked through in vain, and what could not be."""
    return breakable(turn.searched.text) if turn.searched and not turn.no_documents else ""


def model_words(turn: Turn) -> str:
    """Say what the model does, or why nothing of it is shown."""
    if turn.phase is Phase.WRITING and turn.model_found is None:
        thinks = turn.thoughts and not turn.claims and not turn.withheld
        return "The model is thinking…" if thinks else "The model is writing…"
    if turn.withheld and not turn.claims:
        return "Nothing that the model wrote passed its checks."
    # Of a model that is qualified, silence says something.
    return "The model finds no answer in the passages." if turn.model_leads and turn.model_found is False else ""


class _Section(QWidget):
    """A small heading with things below it; hidden while empty."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.filled = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._heading = text_label(heading, "muted", 0.92)
        self._column.addWidget(self._heading)
        self.setVisible(False)

    def entitle(self, heading: str) -> None:
        self._heading.setText(heading)

    def add(self, widget: QWidget) -> None:
        self._column.addWidget(widget)
        self.filled += 1
        self.setVisible(True)


class _QuotesSection(_Section):
    """Quotes, those of one heading below it; of very many the first, until more are wanted."""

    def __init__(self, wanted: Callable[[], object]) -> None:
        super().__init__("From your documents, word for word")
        self.room = QUOTES_AT_ONCE
        self.more = link_button("", "Show the next ones")
        self.more.clicked.connect(lambda: self._make_room(wanted))
        self._below = ""
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.more.hide()

    def add_below(self, heading: str, card: QWidget) -> None:
        if heading != self._below:
            label = text_label(heading, weight=QFont.Weight.DemiBold)
            label.setContentsMargins(0, 8, 0, 0)
            self._column.insertWidget(self._column.count() - 1, label)
            self._below = heading
        self._column.insertWidget(self._column.count() - 1, card)
        self.filled += 1
        self.setVisible(True)

    def offer(self, left: int) -> None:
        self.more.setText(f"Show {min(left, QUOTES_AT_ONCE)} more of {count(left, 'quote')}")
        self.more.setVisible(left > 0)

    def _make_room(self, wanted: Callable[[], object]) -> None:
        self.room += QUOTES_AT_ONCE
        wanted()


class _ModelSection(_Section):
    """What a model wrote: never to be taken for a quote."""

    def __init__(self) -> None:
        super().__init__("Written by a model, each sentence checked against your documents")
        self._frame = QFrame()
        self._frame.setProperty("look", "model")
        self._inner = QVBoxLayout(self._frame)
        self._inner.setContentsMargins(16, 2, 0, 2)
        self._inner.setSpacing(8)
        self._state = text_label("", "muted")
        self._inner.addWidget(self._state)
        self._column.addWidget(self._frame)

    def add(self, widget: QWidget) -> None:
        self._inner.insertWidget(self._inner.count() - 1, widget)
        self.filled += 1
        self.setVisible(True)

    def show_state(self, words: str) -> None:
        _show_words(self._state, words)
        self.setVisible(bool(words) or self.filled > 0)


def _quote_card(shown: ShownClaim, opened: Callable[[Mark], None]) -> QFrame:
    parts = [
        marked_label(plain_lines(shown.said), (), opened, "", READING, shown.bold),
        places_label(shown.marks, opened),
    ]
    if shown.polarity:
        parts.insert(0, text_label(shown.polarity.capitalize(), "", READING, QFont.Weight.DemiBold))
    if dated := dated_words(shown):
        parts.append(text_label(dated, "muted"))
    return _card("quote", *parts)


def _passage_card(mark: Mark, opened: Callable[[Mark], None]) -> QFrame:
    short = shortened(plain(mark.citation.quote), SNIPPET)
    return _card("passage", text_label(short), places_label([mark], opened))


def _card(look: str, *parts: QLabel) -> QFrame:
    frame = QFrame()
    frame.setProperty("look", look)
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 12, 16, 12)
    column.setSpacing(6)
    for part in parts:
        column.addWidget(part)
    return frame


def _show_words(label: QLabel, words: str) -> None:
    label.setText(words)
    label.setVisible(bool(words))
