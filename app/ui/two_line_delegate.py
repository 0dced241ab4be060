"""How a row of a list looks: a state, a name, and half a line about it."""

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.documents import DocumentEntry
from app.ui.icons import SIDE, state_icons
from app.ui.theme import Colours, scaled

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
"""What a row stands for; the state of a `DocumentEntry` is shown."""
LINE_ROLE = Qt.ItemDataRole.UserRole + 2
"""The second line of a row."""

PADDING = 6
GAP = 8


class TwoLineDelegate(QStyledItemDelegate):
    """Paints documents, and what holds them, in rows of equal height."""

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recolour(colours)

    def recolour(self, colours: Colours) -> None:
        """Use the colours of another scheme."""
        self._colours = colours
        self._icons = state_icons(colours)
        plain = colours.on_accent
        self._selected_icons = state_icons(replace(colours, accent=plain, muted=plain, amber=plain))

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a height for two lines of text."""
        font = option.font
        height = QFontMetrics(font).height() + QFontMetrics(scaled(font, 0.9)).height() + 2 * PADDING
        return QSize(120, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        self.initStyleOption(option, index)
        entry = index.data(ENTRY_ROLE)
        widget = option.widget
        style = widget.style() if widget is not None else QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        text = QColor(self._colours.on_accent if selected else self._colours.text)
        muted = text if selected else QColor(self._colours.muted)
        area = option.rect.adjusted(1, PADDING, -PADDING, -PADDING)
        painter.save()
        if isinstance(entry, DocumentEntry):
            icon = QRect(area.left(), area.top(), SIDE, QFontMetrics(option.font).height())
            icons = self._selected_icons if selected else self._icons
            icons[entry.state].paint(painter, icon, Qt.AlignmentFlag.AlignCenter)
            area.setLeft(icon.right() + GAP)
        middle = area.top() + QFontMetrics(option.font).height()
        first = QRect(area.left(), area.top(), area.width(), middle - area.top())
        second = QRect(area.left(), middle, area.width(), area.bottom() - middle + 1)
        _line(painter, first, option.text, option.font, text, Qt.TextElideMode.ElideMiddle)
        small = scaled(option.font, 0.9, QFont.Weight.Normal)
        _line(painter, second, index.data(LINE_ROLE) or "", small, muted, Qt.TextElideMode.ElideRight)
        painter.restore()


def _line(painter: QPainter, area: QRect, text: str, font: QFont, colour: QColor, mode: Qt.TextElideMode) -> None:
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(colour)
    elided = metrics.elidedText(text, mode, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
