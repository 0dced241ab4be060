"""Asks whether another model is to find by meaning in this library, and how finely."""

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QRadioButton, QVBoxLayout, QWidget

from app.ui.labels import text_label
from app.ui.models_presenter import ModelRow

# Of each component: four in the index, and four in the ledger, from which the index can be made again.
_BYTES = 8


class EmbedderQuestion(QDialog):
    """Says what it takes, and asks for the dimensions where there is a choice.

    Attributes:
        choices: a button for each size, the most dimensions first; one alone is not shown.
    """

    def __init__(self, model: ModelRow, passages: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find by meaning")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._sizes = model.sizes
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(text_label(f"Have {model.name} find by meaning in this library?"))
        column.addWidget(
            text_label(
                f"It learns the meaning of all {passages:,} passages, except those that it has learnt before. Until it "
                "is done you go on working as now, and you may stop it at any time. Nothing is lost.",
                "muted",
            )
        )
        self.choices = [QRadioButton(self._words(size, passages)) for size in model.sizes]
        self.choices[0].setChecked(True)
        if len(self.choices) > 1:
            for choice in self.choices:
                column.addWidget(choice)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self.learn = buttons.addButton("&Use to find", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addSpacing(8)
        column.addWidget(buttons)

    @property
    def dimensions(self) -> int:
        """The chosen size."""
        return next(size for size, choice in zip(self._sizes, self.choices, strict=True) if choice.isChecked())

    def _words(self, size: int, passages: int) -> str:
        space = QLocale().formattedDataSize(passages * size * _BYTES, 0, QLocale.DataSizeFormat.DataSizeSIFormat)
        how = "The finest" if size == self._sizes[0] else "The smallest" if size == self._sizes[-1] else "In between"
        return f"{how}: {size} dimensions, about {space} on the disk"
