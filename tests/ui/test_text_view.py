import pytest
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from app.domain.documents import Page
from app.ui.text_view import WINDOW, TextView
from app.ui.theme import LIGHT

FILLER = "Nothing of note happened on the ward. 😀 All beds were made before noon.\r\n\n"
QUOTE = "The key is carried by the nurse in charge."


@pytest.fixture
def view(qtbot: QtBot) -> TextView:
    made = TextView(LIGHT)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


@pytest.mark.parametrize("before", [0, 3, 2_000])
def test_quote_is_marked_and_in_view(view: TextView, before: int) -> None:
    text = FILLER * before + QUOTE + FILLER * 3
    start = text.index(QUOTE)
    assert view.show_page(Page(1, text), start, start + len(QUOTE), QUOTE)
    assert view.marked_text == QUOTE
    (selection,) = view.extraSelections()
    assert selection.cursor.selectedText() == QUOTE
    place = view.cursorRect(selection.cursor)
    assert view.viewport().rect().contains(place)
    assert len(view.toPlainText()) <= 2 * WINDOW + len(QUOTE)


def test_the_next_page_is_shown_without_the_marks_of_the_last(view: TextView) -> None:
    assert view.show_page(Page(1, QUOTE + FILLER), 0, len(QUOTE), QUOTE)
    assert not view.show_page(Page(2, FILLER + QUOTE), 0, 0, "")
    assert view.extraSelections() == []
    assert view.marked_text == ""


def test_only_words_are_marked_and_the_heading_is_strong(view: TextView) -> None:
    text = "Keys\nOne.\n\nTwo.\nThree."
    assert view.show_page(Page(1, text, "Keys"), 5, 15, "One.\n\nTwo.")
    assert [selection.cursor.selectedText() for selection in view.extraSelections()] == ["One.", "Two."]
    assert view.marked_text == "One.\n\nTwo."
    heading = view.textCursor()
    heading.setPosition(2)
    assert heading.charFormat().fontWeight() == QFont.Weight.DemiBold
    heading.setPosition(7)
    assert heading.charFormat().fontWeight() != QFont.Weight.DemiBold


def test_wrong_words_are_never_marked(view: TextView) -> None:
    assert not view.show_page(Page(1, FILLER), 5, 20, QUOTE)
    assert view.marked_text == ""
    assert view.extraSelections() == []


def test_wrong_place_is_put_right(view: TextView) -> None:
    assert view.show_page(Page(1, FILLER + QUOTE), 1, 9, QUOTE)
    assert view.marked_text == QUOTE


def test_markup_in_a_text_stays_text(view: TextView) -> None:
    text = "<b>bold</b> <img src='https://leak.example/a.png'> plain"
    view.show_page(Page(1, text), 0, 0, "")
    assert view.toPlainText() == text
