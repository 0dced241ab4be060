"""The report of what was skipped and why."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.documents import Skipped
from app.domain.english import count
from app.ui.labels import text_label, tip
from app.ui.wording import name_of, reason_words

LEAST_ROW = 34
COLUMNS = ("File", "Reason", "What to do")


class ReportDialog(QDialog):
    """A table that can be copied."""

    def __init__(self, skipped: Sequence[Skipped], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Skipped files")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(820, 420)
        self._skipped = skipped
        self.table = self._made_table()
        heading = text_label(
            f"{count(len(skipped), 'file')} could not be taken in." if skipped else "Every file was taken in."
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        copy = QPushButton("Copy the table")
        copy.setEnabled(bool(skipped))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: self._copy(range(self.table.rowCount())))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(len(self._skipped), len(COLUMNS))
        table.setHorizontalHeaderLabels(COLUMNS)
        table.setAccessibleName("Skipped files")
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setProperty("look", "report")
        table.setAlternatingRowColors(True)
        table.setWordWrap(True)
        for row, skipped in enumerate(self._skipped):
            for place, words in enumerate(_row(skipped)):
                item = QTableWidgetItem(words)
                item.setToolTip(tip(skipped.path))
                table.setItem(row, place, item)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.resizeSection(0, 220)
        header.resizeSection(1, 170)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setMinimumSectionSize(LEAST_ROW)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        copying = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        copying.activated.connect(self._copy_selected)
        return table

    def _copy_selected(self) -> None:
        self._copy(sorted({index.row() for index in self.table.selectedIndexes()}))

    def _copy(self, rows: Sequence[int]) -> None:
        lines = [
            "\t".join(COLUMNS),
            *("\t".join((self._skipped[row].path, *_row(self._skipped[row])[1:])) for row in rows),
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _row(skipped: Skipped) -> tuple[str, str, str]:
    return name_of(skipped.path), reason_words(skipped.reason), skipped.detail
