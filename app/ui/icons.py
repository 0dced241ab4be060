"""Small pictures, painted so that they fit any colour and resolution."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from app.domain.documents import DocumentState
from app.ui.theme import Colours

SIDE = 16
RATIO = 3


def painted(paint: Callable[[QPainter], None], side: int = SIDE) -> QIcon:
    """Return an icon of ``side`` × ``side`` logical pixels, drawn by ``paint``."""
    pixmap = QPixmap(side * RATIO, side * RATIO)
    pixmap.setDevicePixelRatio(RATIO)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return QIcon(pixmap)


def state_icons(colours: Colours) -> dict[DocumentState, QIcon]:
    """Return an icon for each state; the shapes differ, not only the colours."""
    return {
        DocumentState.QUEUED: painted(lambda painter: _ring(painter, colours.muted)),
        DocumentState.PARSED: painted(lambda painter: _half(painter, colours.accent)),
        DocumentState.INDEXED: painted(lambda painter: _tick(painter, colours.accent)),
        DocumentState.SKIPPED: painted(lambda painter: _warning(painter, colours.amber)),
    }


def program_icon(colours: Colours) -> QIcon:
    """Return the program's own icon: an open book on a lectern."""
    return painted(lambda painter: _lectern(painter, colours), 64)


def _pen(colour: str, width: float = 1.5) -> QPen:
    return QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _ring(painter: QPainter, colour: str) -> None:
    painter.setPen(_pen(colour))
    painter.drawEllipse(QRectF(3.5, 3.5, 9, 9))


def _half(painter: QPainter, colour: str) -> None:
    _ring(painter, colour)
    painter.setBrush(QColor(colour))
    painter.drawPie(QRectF(3.5, 3.5, 9, 9), 90 * 16, 180 * 16)


def _tick(painter: QPainter, colour: str) -> None:
    painter.setPen(_pen(colour, 2))
    painter.drawPolyline(QPolygonF([QPointF(3.5, 8.5), QPointF(6.8, 11.8), QPointF(12.5, 4.8)]))


def _warning(painter: QPainter, colour: str) -> None:
    painter.setPen(_pen(colour))
    painter.drawPolygon(QPolygonF([QPointF(8, 2.5), QPointF(14, 13), QPointF(2, 13)]))
    painter.drawLine(QPointF(8, 6.5), QPointF(8, 9))
    painter.drawPoint(QPointF(8, 11.2))


def _lectern(painter: QPainter, colours: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accent))
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 14, 14)
    painter.setBrush(QColor(colours.on_accent))
    painter.drawPolygon(QPolygonF([QPointF(10, 18), QPointF(30, 23), QPointF(30, 44), QPointF(10, 39)]))
    painter.drawPolygon(QPolygonF([QPointF(54, 18), QPointF(34, 23), QPointF(34, 44), QPointF(54, 39)]))
    painter.drawRoundedRect(QRectF(29, 46, 6, 9), 2, 2)
