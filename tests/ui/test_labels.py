from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.domain.answers import Citation
from app.ui.labels import marked_label, places_label, shortened, text_label
from app.ui.turn import Mark

MARKUP = "<b>bold</b> & <img src='https://leak.example/a.png'> <a href='9'>[9]</a>"
MARKS = [Mark(n, Citation("ab", f"/p/<i>{n}.pdf", "", n, 0, 5, "words")) for n in (1, 2)]


def test_words_of_documents_and_models_are_never_markup(qtbot: QtBot) -> None:
    opened: list[Mark] = []
    plain, marked, places = (
        text_label(MARKUP),
        marked_label(MARKUP, MARKS, opened.append, "", 1.0),
        places_label(MARKS, opened.append),
    )
    for label in (plain, marked, places):
        qtbot.addWidget(label)
    assert plain.textFormat() is Qt.TextFormat.PlainText
    assert QTextDocumentFragment.fromHtml(marked.text()).toPlainText() == f"{MARKUP}\xa0[1]\xa0[2]".replace("\xa0", " ")
    assert QTextDocumentFragment.fromHtml(places.text()).toPlainText().splitlines()[0] == "\u200b[1] <i>1.pdf, page 1"


def test_every_mark_is_reached_by_tab_and_opened_by_enter(qtbot: QtBot) -> None:
    opened: list[int] = []
    window = QWidget()
    column = QVBoxLayout(window)
    before, after = QLineEdit(), QLineEdit()
    for widget in (before, marked_label("Words.", MARKS, lambda mark: opened.append(mark.number), "", 1.0), after):
        column.addWidget(widget)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    before.setFocus()
    for _ in MARKS:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert opened == [1, 2]
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is after


def test_back_tab_goes_through_the_places_and_out(qtbot: QtBot) -> None:
    opened: list[int] = []
    window = QWidget()
    column = QVBoxLayout(window)
    before, after = QLineEdit(), QLineEdit()
    for widget in (before, places_label(MARKS, lambda mark: opened.append(mark.number)), after):
        column.addWidget(widget)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    after.setFocus()
    for _ in MARKS:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert opened == [2, 1]
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
    assert window.focusWidget() is before


def test_a_long_text_is_shortened_at_a_word() -> None:
    assert shortened("short enough", 12) == "short enough"
    assert shortened("a few words more than fit", 13) == "a few words…"
    assert shortened("x" * 50, 10) == "x" * 10 + "…"
