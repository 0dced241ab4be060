"""A PDF page with marked words, which follow zoom and scrolling."""

from PySide6.QtCore import QEvent, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.ui.pdf_pages import merged
from app.ui.theme import PAGE_MARKER

MARGIN = 18
POINTS_PER_INCH = 72
ZOOM_STEP = 1.2
LEAST_ZOOM, MOST_ZOOM = 0.25, 4.0
MOST_PIXELS = 12_000_000
"""Of a drawn page; beyond it the picture is stretched, so that zooming cannot fill the memory."""
REDRAW_PAUSE_MS = 80
TURN_PAUSE_MS = 350
"""A wheel that is still turning when a page ends should not run through the next ones."""


class PageView(QAbstractScrollArea):
    """Shows one page. It is told what to show, and asks for pictures and for other pages by signals."""

    picture_wanted = Signal(QSize)
    turn_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: list[QRectF] = []
        self._size = QSizeF()
        self._picture: QImage | None = None
        self._zoom: float | None = None
        self._arriving_at_end = False
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW_PAUSE_MS)
        self._redraw.timeout.connect(self._ask_for_picture)
        self._turn_pause = QTimer(self, singleShot=True, interval=TURN_PAUSE_MS)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.verticalScrollBar().setSingleStep(40)
        self.horizontalScrollBar().setSingleStep(40)

    @property
    def scale(self) -> float:
        """Logical pixels for a point of the page."""
        if self._size.isEmpty():
            return 1.0
        if self._zoom is None:
            return max(0.1, (self.viewport().width() - 2 * MARGIN) / self._size.width())
        return self._zoom * self.logicalDpiX() / POINTS_PER_INCH

    @property
    def zoom(self) -> float:
        """The zoom in use; 1 shows the page in its real size."""
        return self.scale * POINTS_PER_INCH / self.logicalDpiX()

    def show_page(self, size: QSizeF, boxes: list[QRectF], at_end: bool = False) -> None:
        """Show a page of ``size`` points with the words in ``boxes`` marked, as soon as its picture is there."""
        self._size, self.boxes, self._picture = size, boxes, None
        self._arrange()
        bar = self.verticalScrollBar()
        if boxes:
            top = min(box.top() for box in boxes) * self.scale + MARGIN
            bar.setValue(int(top - self.viewport().height() / 3))
            left, right = min(box.left() for box in boxes), max(box.right() for box in boxes)
            middle = (left + right) / 2 * self.scale + MARGIN
            self.horizontalScrollBar().setValue(int(middle - self.viewport().width() / 2))
        else:
            bar.setValue(bar.maximum() if at_end else 0)
        self._ask_for_picture()

    def set_picture(self, picture: QImage) -> None:
        """Show the drawn page."""
        self._picture = picture
        self.viewport().update()

    def zoom_by(self, factor: float) -> None:
        """Enlarge (or make smaller) by a factor, keeping the middle of the view where it is."""
        self._set_zoom(min(MOST_ZOOM, max(LEAST_ZOOM, self.zoom * factor)))

    def fit_width(self) -> None:
        """Make the page as wide as the view."""
        self._set_zoom(None)

    def box_in_view(self, box: QRectF) -> QRectF:
        """Return where a box of the page is in the viewport."""
        corner, scale = self._corner(), self.scale
        return QRectF(
            corner[0] + box.left() * scale, corner[1] + box.top() * scale, box.width() * scale, box.height() * scale
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the page and the marker over it."""
        painter = QPainter(self.viewport())
        painter.setClipRect(event.rect())
        if self._size.isEmpty():
            return
        page = self.box_in_view(QRectF(0, 0, self._size.width(), self._size.height()))
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRect(page.adjusted(-1, -1, 0, 0))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._picture is not None:
            painter.drawImage(page, self._picture)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(PAGE_MARKER))
        for line in merged(self.boxes):
            painter.drawRoundedRect(self.box_in_view(line).adjusted(-2, -2, 2, 2), 2, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the page again."""
        super().resizeEvent(event)
        self._arrange()
        self._redraw.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; at the end of the page turn it; with Ctrl zoom."""
        turn = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(ZOOM_STEP if turn > 0 else 1 / ZOOM_STEP)
            return
        before = self.verticalScrollBar().value()
        super().wheelEvent(event)
        if turn and before == self.verticalScrollBar().value():
            if not self._turn_pause.isActive():
                self.turn_wanted.emit(-1 if turn > 0 else 1)
            self._turn_pause.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by keys; at the end of the page turn it."""
        steps = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1, Qt.Key.Key_Space: 1}
        before = self.verticalScrollBar().value()
        super().keyPressEvent(event)
        step = steps.get(Qt.Key(event.key()))
        if step is not None and before == self.verticalScrollBar().value():
            self.turn_wanted.emit(step)

    def changeEvent(self, event: QEvent) -> None:
        """Paint again in the colours of another scheme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.viewport().update()

    def _set_zoom(self, zoom: float | None) -> None:
        bar, scale = self.verticalScrollBar(), self.scale
        middle = (bar.value() + self.viewport().height() / 2 - MARGIN) / scale
        self._zoom = zoom
        self._arrange()
        bar.setValue(int(middle * self.scale + MARGIN - self.viewport().height() / 2))
        self._redraw.start()

    def _arrange(self) -> None:
        """Set the ranges of the scroll bars."""
        view, scale = self.viewport().size(), self.scale
        for bar, length, shown in (
            (self.verticalScrollBar(), self._size.height(), view.height()),
            (self.horizontalScrollBar(), self._size.width(), view.width()),
        ):
            whole = int(length * scale) + 2 * MARGIN
            bar.setRange(0, max(0, whole - shown))
            bar.setPageStep(shown)
        self.viewport().update()

    def _corner(self) -> tuple[float, float]:
        width = self._size.width() * self.scale
        spare = max(MARGIN, (self.viewport().width() - width) / 2)
        return spare - self.horizontalScrollBar().value(), MARGIN - self.verticalScrollBar().value()

    def _ask_for_picture(self) -> None:
        if self._size.isEmpty():
            return
        scale = self.scale * self.devicePixelRatioF()
        pixels = self._size.width() * self._size.height() * scale * scale
        scale *= min(1.0, (MOST_PIXELS / pixels) ** 0.5)
        self.picture_wanted.emit(
            QSize(max(1, round(self._size.width() * scale)), max(1, round(self._size.height() * scale)))
        )
