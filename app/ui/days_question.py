"""Asks from which days the documents are to be that are searched."""

from dataclasses import replace
from datetime import date

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QDateEdit, QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from app.domain.scope import Scope
from app.ui.labels import text_label


class DaysQuestion(QDialog):
    """Two days, each of which can be left out.

    Attributes:
        since, until: a check box, and the day that counts where it is checked.
    """

    chosen = Signal(object)
    """The `Scope` with these days."""

    def __init__(self, scope: Scope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Days")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._scope = scope
        self.since = _row("&From the day", scope.since)
        self.until = _row("&Until the day", scope.until)
        grid = QGridLayout()
        for row, (check, day) in enumerate((self.since, self.until)):
            grid.addWidget(check, row, 0)
            grid.addWidget(day, row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        buttons.addButton("&Search these", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(
            text_label("Search only documents whose files were changed last on these days, and between them:")
        )
        column.addLayout(grid)
        column.addSpacing(8)
        column.addWidget(buttons)

    def accept(self) -> None:
        """Tell of the days, and close."""
        self.chosen.emit(replace(self._scope, since=_day(*self.since), until=_day(*self.until)))
        super().accept()


def _row(words: str, day: date | None) -> tuple[QCheckBox, QDateEdit]:
    check = QCheckBox(words)
    check.setChecked(day is not None)
    edit = QDateEdit(QDate(day.year, day.month, day.day) if day else QDate.currentDate())
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setAccessibleName(words.replace("&", ""))
    edit.setEnabled(day is not None)
    check.toggled.connect(edit.setEnabled)
    return check, edit


def _day(check: QCheckBox, edit: QDateEdit) -> date | None:
    chosen = edit.date()
    return date(chosen.year(), chosen.month(), chosen.day()) if check.isChecked() else None
