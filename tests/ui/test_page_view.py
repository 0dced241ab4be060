from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.page_view import MARGIN, MOST_PIXELS, PageView
from app.ui.theme import PAGE_MARKER

A4 = QSizeF(595, 842)
LOW = QRectF(100, 700, 200, 12)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[PageView]:
    made = PageView()
    qtbot.addWidget(made)
    made.resize(500, 400)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def _white(view: PageView) -> None:
    image = QImage(100, 140, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    view.set_picture(image)


def _wheel(view: PageView, turn: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def _marker_pixels(view: PageView) -> list[tuple[int, int]]:
    image = view.viewport().grab().toImage()
    marker = QColor(PAGE_MARKER)
    return [
        (x, y)
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
        if image.pixelColor(x, y) == marker
    ]


def test_page_is_as_wide_as_the_view(view: PageView) -> None:
    view.show_page(A4, [])
    page = view.box_in_view(QRectF(0, 0, A4.width(), A4.height()))
    assert page.left() == pytest.approx(MARGIN)
    assert page.right() == pytest.approx(view.viewport().width() - MARGIN)


def test_marked_words_are_scrolled_to_and_painted(view: PageView) -> None:
    view.show_page(A4, [LOW])
    _white(view)
    shown = view.box_in_view(LOW)
    assert QRectF(view.viewport().rect()).contains(shown)
    painted = _marker_pixels(view)
    assert painted
    assert all(shown.adjusted(-3, -3, 3, 3).contains(QPointF(*pixel)) for pixel in painted)


@pytest.mark.parametrize("steps", [1.5, 0.6])
def test_marker_follows_zoom_and_scrolling(view: PageView, steps: float) -> None:
    view.show_page(A4, [LOW])
    _white(view)
    view.zoom_by(steps)
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() + 15)
    shown = view.box_in_view(LOW)
    painted = _marker_pixels(view)
    assert painted
    assert all(shown.adjusted(-3, -3, 3, 3).contains(QPointF(*pixel)) for pixel in painted)
    left = min(x for x, _ in painted)
    assert left == pytest.approx(max(0, shown.left()), abs=4)


def test_zoom_cannot_fill_the_memory(view: PageView, qtbot: QtBot) -> None:
    view.show_page(QSizeF(2400, 3400), [])
    with qtbot.waitSignal(view.picture_wanted) as wanted:
        view.zoom_by(100)
    size = wanted.args[0]
    assert size.width() * size.height() <= 1.01 * MOST_PIXELS


def test_wheel_turns_the_page_at_its_end_only(view: PageView, qtbot: QtBot) -> None:
    turns: list[int] = []
    view.turn_wanted.connect(turns.append)
    view.show_page(A4, [])
    _wheel(view, -120)
    assert turns == []
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    _wheel(view, -120)
    _wheel(view, -120)
    assert turns == [1]
    qtbot.wait(400)
    view.verticalScrollBar().setValue(0)
    _wheel(view, 120)
    assert turns == [1, -1]


def test_ctrl_and_wheel_zoom(view: PageView) -> None:
    view.show_page(A4, [])
    before = view.zoom
    _wheel(view, 120, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom == pytest.approx(before * 1.2)
    view.fit_width()
    assert view.zoom == pytest.approx(before)


def test_page_before_is_shown_from_its_end(view: PageView) -> None:
    view.show_page(A4, [], at_end=True)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() > 0
