"""Labels for text that comes from documents, models and users: shown as it is, never as markup."""

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby, pairwise

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QFont
from PySide6.QtWidgets import QLabel, QSizePolicy

from app.ui.theme import scaled
from app.ui.turn import Mark, place_words

READING = 1.1
"""Size of text that is read, against the system's font."""
LINE_HEIGHT = 130
"""Distance of its lines, in per cent."""


_LONG_WORD = re.compile(r"\S{25,}")
_PIECE = re.compile(r"\S{1,23}[_./\\-]|\S{1,24}")
_BREAK = "\u200b"


class LinkLabel(QLabel):
    """A label whose first link (coming backwards: last) takes the keyboard as soon as the label does."""

    def changeEvent(self, event: QEvent) -> None:
        """Give the links the colours of another scheme: the text keeps those of the time when it was set."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            text = self.text()
            self.clear()
            self.setText(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Go on to a link."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.focusNextPrevChild(event.reason() is Qt.FocusReason.TabFocusReason)


def text_label(text: str, look: str = "", size: float = 1.0, weight: QFont.Weight | None = None) -> QLabel:
    """Return a label whose plain text wraps and can be selected."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(breakable(text))
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    _set_up(label, look, size, weight)
    return label


def marked_label(
    before: str,
    marks: Sequence[Mark],
    opened: Callable[[Mark], None],
    look: str,
    size: float,
    answering: Sequence[tuple[int, int]] = (),
) -> QLabel:
    """Return a text followed by its marks, which open by mouse and by keyboard.

    ``answering``: the characters of the text that answer the question; they are bold, and spoken once more at the end.
    """
    links = "".join(f"&nbsp;{_link(mark, f'[{mark.number}]')}" for mark in marks)
    html = f'<div style="line-height: {LINE_HEIGHT}%">{_with_bold(before, answering)}{links}</div>'
    answers = ", ".join(before[start:end] for start, end in answering)
    return _linked(html, f"{before} The answer: {answers}." if answers else before, marks, opened, look, size)


def places_label(marks: Sequence[Mark], opened: Callable[[Mark], None]) -> QLabel:
    """Return the marks with the names of the places they point at; those of one page stand side by side."""
    pages = [list(page) for _, page in groupby(marks, lambda mark: place_words(mark.citation))]
    links = "<br>".join(
        "&nbsp;".join(
            [
                *(_link(mark, f"[{mark.number}]") for mark in page[:-1]),
                _link(page[-1], f"[{page[-1].number}] {place_words(page[-1].citation)}"),
            ]
        )
        for page in pages
    )
    # Qt never goes back from a link that a text begins with, hence the space of no width.
    links = f"&#8203;{links}"
    spoken = "; ".join(f"[{mark.number}] {place_words(mark.citation)}" for mark in marks)
    return _linked(links, spoken, marks, opened, "", 1.0)


def tip(text: str) -> str:
    """Return a text as a tip that shows it as it is: Qt would read what looks like markup, and load its pictures."""
    return f'<p style="white-space: pre-wrap">{escape(text)}</p>'


def breakable(text: str) -> str:
    """Return the text with places at which its very long words, such as names of files, may go on in the next line."""
    return _LONG_WORD.sub(lambda word: _BREAK.join(_PIECE.findall(word[0])), text)


def shortened(text: str, most: int) -> str:
    """Return the text, or as many of its words as ``most`` characters hold."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + "…"


def _with_bold(text: str, bold: Sequence[tuple[int, int]]) -> str:
    """Return a text as HTML, its lines as lines, and some of it in bold."""
    places = [0, *(place for span in bold for place in span), len(text)]
    parts = [escape(breakable(text[start:end])).replace("\n", "<br>") for start, end in pairwise(places)]
    return "".join(f"<b>{part}</b>" if number % 2 else part for number, part in enumerate(parts))


def _link(mark: Mark, words: str) -> str:
    tip = escape(f"Show {place_words(mark.citation)}", quote=True)
    return f'<a href="{mark.number}" title="{tip}" style="text-decoration:none">{escape(breakable(words))}</a>'


def _linked(
    html: str, spoken: str, marks: Sequence[Mark], opened: Callable[[Mark], None], look: str, size: float
) -> QLabel:
    by_number = {str(mark.number): mark for mark in marks}
    label = LinkLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setText(html)
    label.setAccessibleName(spoken)
    flags = Qt.TextInteractionFlag.TextSelectableByMouse
    if marks:
        flags |= Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        label.linkActivated.connect(lambda number: opened(by_number[number]))
        # Room for the frame around the link that has the keyboard.
        label.setContentsMargins(1, 2, 1, 2)
    label.setTextInteractionFlags(flags)
    _set_up(label, look, size, None)
    return label


def _set_up(label: QLabel, look: str, size: float, weight: QFont.Weight | None) -> None:
    label.setWordWrap(True)
    label.setProperty("look", look)
    label.setFont(scaled(label.font(), size, weight))
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
