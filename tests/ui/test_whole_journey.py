"""The main job, end to end: real files, the real window, real services."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import paperwork
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtPdf import QPdfDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.bootstrap import open_services
from app.domain.documents import DocumentState
from app.ui.desk import Desk
from app.ui.library_presenter import WorkState
from app.ui.pdf_pages import merged
from app.ui.quotes import same_words
from app.ui.theme import Theme
from app.ui.turn import Mark, Turn

PATIENCE_MS = 180_000


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "library", partial(open_services, models=tmp_path / "models"), Theme(qapp), tmp_path / "log")
    made.window.painted.connect(made.open)
    with qtbot.waitActive(made.window):
        made.window.show()
        made.window.activateWindow()
    yield made
    with qtbot.waitSignal(made.ended, timeout=30_000) as ended:
        made.window.close()
    assert ended.args == [True]
    made.deleteLater()


@pytest.fixture
def hospital(qapp: QApplication, tmp_path: Path) -> paperwork.Paperwork:
    assert qapp
    return paperwork.write(tmp_path / "St Brannoc's Hospital")


def _drop(desk: Desk, folder: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    middle = desk.window.rect().center()
    QApplication.sendEvent(desk.window, QDragEnterEvent(middle, *how))
    QApplication.sendEvent(desk.window, QDropEvent(QPointF(middle), *how))


def _ask(desk: Desk, qtbot: QtBot, question: str) -> Turn:
    field = desk.window.conversation.question.field
    QTest.keyClicks(field, question)
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not desk.answers.busy, timeout=PATIENCE_MS)
    turn = desk.answers.turns[-1]
    assert turn.error is None
    assert turn.question == question
    return turn


def _click(desk: Desk, qtbot: QtBot, mark: Mark) -> None:
    """Click the mark below its quote, where the label begins with it."""
    _, view = desk.window.conversation.turns[-1]
    label = next(label for label in view.findChildren(QLabel) if f">[{mark.number}] " in label.text())
    with qtbot.waitSignal(desk.window.source.shown, timeout=10_000):
        QTest.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(6, label.height() // 2))


def _words_under(file: str, number: int, boxes: list[QRectF]) -> str:
    """Return what QtPdf reads under the boxes, in a document opened for this."""
    document = QPdfDocument()
    document.load(file)
    found = []
    for box in merged(boxes):
        left, right = QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y())
        found.append(document.getSelection(number - 1, left, right).text())
    return " ".join(found)


def test_drop_ask_click_and_see_the_words(desk: Desk, qtbot: QtBot, hospital: paperwork.Paperwork) -> None:
    assert hospital.files >= 20
    _drop(desk, hospital.folder)

    def all_ready() -> bool:
        states = [entry.state for entry in desk.library.listing.entries.values()]
        return len(states) == hospital.files and set(states) == {DocumentState.INDEXED}

    qtbot.waitUntil(all_ready, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: desk.library.state is WorkState.IDLE)
    assert not desk.window.strip.isVisible()
    library = desk.window.library
    qtbot.waitUntil(lambda: library.model.settled)
    assert library.model.item(0).text() == "St Brannoc's Hospital"
    assert library.model.item(0).rowCount() == hospital.files

    turn = _ask(desk, qtbot, "How often does the Contractor test the emergency generators under full load?")
    quote = next(shown for shown in turn.quotes if same_words(shown.text, paperwork.GENERATOR_FACT))
    (mark,) = quote.marks
    _click(desk, qtbot, mark)
    source = desk.window.source
    assert source.isVisible()
    assert source.page_view.isVisible()
    boxes = source.page_view.boxes
    assert same_words(_words_under(mark.citation.path, mark.citation.page, boxes), mark.citation.quote)
    assert QRectF(source.page_view.viewport().rect()).contains(source.page_view.box_in_view(boxes[0]))

    turn = _ask(desk, qtbot, "Between which temperatures are vaccines kept?")
    quote = next(shown for shown in turn.quotes if same_words(shown.text, paperwork.VACCINE_FACT))
    (mark,) = quote.marks
    _click(desk, qtbot, mark)
    assert source.text_view.isVisible()
    assert same_words(source.text_view.marked_text, paperwork.VACCINE_FACT)
    assert source.text_view.marked_text == mark.citation.quote

    assert desk.services is not None
    for asked in desk.answers.turns:
        for shown in asked.quotes + asked.claims:
            for mark in shown.marks:
                page = desk.services.library.page(mark.citation.document, mark.citation.page)
                assert page.text[mark.citation.start : mark.citation.end] == mark.citation.quote


def test_work_goes_on_where_the_window_was_closed(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, hospital: paperwork.Paperwork
) -> None:
    def opened() -> Desk:
        desk = Desk(
            tmp_path / "library", partial(open_services, models=tmp_path / "models"), Theme(qapp), tmp_path / "log"
        )
        desk.open()
        qtbot.waitUntil(lambda: desk.services is not None, timeout=PATIENCE_MS)
        return desk

    def close(desk: Desk) -> None:
        with qtbot.waitSignal(desk.ended, timeout=30_000) as ended:
            desk.close()
        assert ended.args == [True]

    first = opened()
    first.library.add([hospital.folder])
    qtbot.waitUntil(lambda: len(first.library.listing.entries) == hospital.files, timeout=PATIENCE_MS)
    close(first)
    second = opened()

    def all_ready() -> bool:
        states = [entry.state for entry in second.library.listing.entries.values()]
        return len(states) == hospital.files and set(states) == {DocumentState.INDEXED}

    qtbot.waitUntil(all_ready, timeout=PATIENCE_MS)
    close(second)
