import os
import shutil
from pathlib import Path

import paperwork
import pytest
from pypdfium2 import PdfDocument
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import DocumentFault
from app.ui.pdf_pages import PdfPages, merged
from app.ui.quotes import find_quote, same_words

CONTRACT = "Maintenance contract - emergency power.pdf"


@pytest.fixture(scope="module")
def contract(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert qapp
    return paperwork.write(tmp_path_factory.mktemp("papers") / "Hospital").folder / CONTRACT


@pytest.fixture
def pages(qapp: QApplication, contract: Path) -> PdfPages:
    made = PdfPages(qapp)
    assert made.open(contract) == 2
    return made


def words_under(document: QPdfDocument, number: int, boxes: list[QRectF]) -> str:
    """Return what QtPdf reads under the boxes."""
    found = []
    for box in merged(boxes):
        left, right = QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y())
        found.append(document.getSelection(number - 1, left, right).text())
    return " ".join(found)


def _place(pages: PdfPages, number: int, quote: str) -> tuple[int, int]:
    found = find_quote(pages.document.getAllText(number - 1).text(), quote, 0)
    assert found
    return found


def test_boxes_lie_on_the_quoted_words(pages: PdfPages) -> None:
    quote = paperwork.GENERATOR_FACT
    start, end = _place(pages, 1, quote)
    boxes = pages.locate(1, start, end, quote)
    assert same_words(words_under(pages.document, 1, boxes), quote)
    assert len(merged(boxes)) == 2


def test_wrong_place_is_put_right_by_the_words(pages: PdfPages) -> None:
    quote = "The yearly fee is 48,600 pounds"
    boxes = pages.locate(1, 0, len(quote), quote)
    assert same_words(words_under(pages.document, 1, boxes), quote)


def test_words_that_are_not_there_are_not_marked(pages: PdfPages) -> None:
    start, end = _place(pages, 1, "The yearly fee is 48,600 pounds")
    assert pages.locate(1, start, end, "The yearly fee is 48,700 pounds") == []
    assert pages.locate(1, start, end, "") == []


def test_page_is_drawn_by_another_thread_and_the_engine_is_left_alone_meanwhile(pages: PdfPages, qtbot: QtBot) -> None:
    order: list[str] = []
    pages.drawn.connect(lambda number, _image: order.append(f"page {number}"))
    pages.draw(1, QSize(600, 850))
    pages.when_idle(lambda: order.append("never: a newer task came"))
    pages.when_idle(lambda: order.append("task"))
    pages.draw(1, QSize(60, 85))
    pages.draw(2, QSize(600, 850))
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order == ["page 1", "task", "page 2"]


def test_picture_shows_the_page(pages: PdfPages, qtbot: QtBot) -> None:
    with qtbot.waitSignal(pages.drawn) as drawn:
        pages.draw(1, QSize(300, 424))
    image: QImage = drawn.args[1]
    dark = sum(image.pixelColor(x, y).lightness() < 128 for x in range(0, 300, 2) for y in range(0, 424, 2))
    assert image.size() == QSize(300, 424)
    assert dark > 200


def test_what_is_no_pdf_is_refused(pages: PdfPages, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and then nothing")
    with pytest.raises(DocumentFault, match=r"broken\.pdf"):
        pages.open(broken)


def test_boxes_of_a_line_become_one_stroke() -> None:
    words = [QRectF(10, 10, 30, 8), QRectF(43, 10.5, 20, 8), QRectF(10, 24, 40, 8), QRectF(300, 24, 40, 8)]
    assert merged(words) == [QRectF(10, 10, 53, 8.5), QRectF(10, 24, 40, 8), QRectF(300, 24, 40, 8)]


def test_a_file_that_was_replaced_is_opened_anew(qapp: QApplication, contract: Path, tmp_path: Path) -> None:
    pages, file = PdfPages(qapp), tmp_path / "a.pdf"
    shutil.copy(contract, file)
    assert pages.open(file) == 2
    with PdfDocument.new() as blank:
        blank.new_page(200, 300)
        blank.save(file)
    os.utime(file, (1, 1))
    assert pages.open(file) == 1
    assert pages.size(1).height() == 300
