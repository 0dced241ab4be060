"""Parts of an answer that are folded away until somebody asks for them."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.documents.cleaning import plain
from app.domain.english import count
from app.ui.labels import READING, breakable, text_label
from app.ui.turn import ShownClaim


class Folded(QWidget):
    """A button that shows and hides what is below it; hidden itself until it has a name.

    Args:
        tip: says what the button does.
    """

    def __init__(self, tip: str) -> None:
        super().__init__()
        self._words = ""
        self.button = link_button("", tip)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._toggle)
        self._box = QFrame()
        self._box.setProperty("look", "passage")
        self._inner = QVBoxLayout(self._box)
        self._inner.setContentsMargins(14, 12, 14, 12)
        self._inner.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self._box)
        self._box.setVisible(False)
        self.setVisible(False)

    def _name(self, words: str) -> None:
        self._words = words
        arrow = "▾" if self.button.isChecked() else "▸"
        self.button.setText(f"{arrow} {words}")
        self.setVisible(bool(words))

    def _toggle(self, shown: bool) -> None:
        self._box.setVisible(shown)
        self._name(self._words)


class WithheldClaims(Folded):
    """How many sentences failed their check; they can be looked at."""

    def __init__(self) -> None:
        super().__init__("Show the sentences that failed their check, and why")
        self._filled = 0
        self._inner.addWidget(
            text_label("These could not be confirmed in your documents. Do not rely on them.", "amber")
        )

    def refresh(self, withheld: list[ShownClaim]) -> None:
        """Show those that are new."""
        for shown in withheld[self._filled :]:
            self._inner.addSpacing(8)
            self._inner.addWidget(text_label(plain(shown.text), "", READING))
            self._inner.addWidget(text_label(f"Withheld: {shown.fault}", "muted"))
        self._filled = len(withheld)
        self._name(f"{count(self._filled, 'sentence')} of the model withheld" if withheld else "")


class Thoughts(Folded):
    """What a model thought aloud before its answer."""

    def __init__(self) -> None:
        super().__init__("Show what the model wrote for itself before its answer")
        self._inner.addWidget(
            text_label("The model wrote this for itself. Nothing in it was checked against your documents.", "amber")
        )
        self._inner.addSpacing(8)
        self._text = text_label("", "muted")
        self._inner.addWidget(self._text)

    def refresh(self, thoughts: str) -> None:
        """Show them as far as they have come."""
        if (words := breakable(thoughts)) != self._text.text():
            self._text.setText(words)
        self._name("What the model thought" if thoughts else "")


def link_button(text: str, tip: str) -> QPushButton:
    """Return a button that looks like a link."""
    button = QPushButton(text)
    button.setProperty("look", "link")
    button.setToolTip(tip)
    return button
