"""Asks which servers on this computer are used: one more, or one of them no longer."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.labels import text_label, tip

USUAL = "http://127.0.0.1:8080/v1"
_LEAST_WIDTH = 460
_MOST_ROWS = 6  # of the list that are seen at once


class ServersQuestion(QDialog):
    """A field for the address of a server, and the list of those that are connected.

    Args:
        connected: their addresses.
    """

    connect_wanted = Signal(str)
    """The address of a server that is to be used."""
    disconnect_wanted = Signal(str)
    """The address of one that is to be used no longer."""

    def __init__(self, connected: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Servers")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.address = QLineEdit(USUAL)
        self.address.setAccessibleName("Address of a server")
        self.address.selectAll()
        self.connect_server = QPushButton("&Connect")
        self.connect_server.clicked.connect(self._connect)
        self.address.textChanged.connect(lambda text: self.connect_server.setEnabled(bool(text.strip())))
        self.known = QListWidget()
        self.known.setAccessibleName("Servers that are connected")
        self.known.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.known.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for url in connected:
            QListWidgetItem(url, self.known).setToolTip(tip(url))
        rows = min(len(connected), _MOST_ROWS) * self.known.sizeHintForRow(0)
        self.known.setFixedHeight(rows + 2 * self.known.frameWidth())
        self.disconnect_server = QPushButton("&Disconnect")
        self.disconnect_server.setEnabled(False)
        self.known.currentRowChanged.connect(lambda row: self.disconnect_server.setEnabled(row >= 0))
        self.disconnect_server.setAutoDefault(False)
        self.disconnect_server.clicked.connect(self._disconnect)
        self._lay_out(bool(connected))

    def _connect(self) -> None:
        self.connect_wanted.emit(self.address.text().strip())
        self.accept()

    def _disconnect(self) -> None:
        self.disconnect_wanted.emit(self.known.currentItem().text())
        self.accept()

    def _lay_out(self, any_connected: bool) -> None:
        self.setMinimumWidth(_LEAST_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(
            text_label(
                "A program on this computer that runs models, such as llama-server, LM Studio or vLLM, by its address:"
            )
        )
        row = QHBoxLayout()
        row.addWidget(self.address, 1)
        row.addWidget(self.connect_server)
        column.addLayout(row)
        if any_connected:
            column.addSpacing(8)
            column.addWidget(text_label("Connected:", "muted"))
            column.addWidget(self.known)
            column.addWidget(self.disconnect_server, 0, Qt.AlignmentFlag.AlignLeft)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        buttons.rejected.connect(self.reject)
        column.addSpacing(8)
        column.addWidget(buttons)
