from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QTextCursor, QTextDocument, QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.domain.answers import Citation
from app.ui.labels import breakable, marked_label, places_label, shortened, text_label
from app.ui.theme import Appearance, Theme
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
    shown = QTextDocumentFragment.fromHtml(marked.text()).toPlainText().replace("\u200b", "")
    assert shown == f"{MARKUP} [1] [2]"
    assert QTextDocumentFragment.fromHtml(places.text()).toPlainText().splitlines()[0] == "\u200b[1] <i>1.pdf, page 1"


def test_what_answers_is_bold_and_spoken_and_lines_stay(qtbot: QtBot) -> None:
    text = "“Bring <b>:\n- a key”"
    label = marked_label(text, (), lambda _: None, "", 1.0, [(14, 19)])
    qtbot.addWidget(label)
    document = QTextDocument()
    document.setHtml(label.text())
    assert document.toPlainText().replace("\u2028", "\n") == text
    cursor = QTextCursor(document)
    bold = ""
    for place, letter in enumerate(text):
        cursor.setPosition(place + 1)
        bold += letter if cursor.charFormat().fontWeight() >= QFont.Weight.Bold else ""
    assert bold == "a key"
    assert label.accessibleName() == f"{text} The answer: a key."


def test_marks_of_one_page_stand_side_by_side(qtbot: QtBot) -> None:
    opened: list[int] = []
    marks = [MARKS[0], replace(MARKS[0], number=2), replace(MARKS[1], number=3)]
    label = places_label(marks, lambda mark: opened.append(mark.number))
    qtbot.addWidget(label)
    shown = QTextDocumentFragment.fromHtml(label.text()).toPlainText().replace("\u200b", "").replace("\u00a0", " ")
    assert shown.splitlines() == ["[1] [2] <i>1.pdf, page 1", "[3] <i>2.pdf, page 2"]
    label.linkActivated.emit("2")
    assert opened == [2]


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


def test_long_words_do_not_widen_what_holds_them(qtbot: QtBot) -> None:
    name = "MINUTES_OF_THE_ESTATES_COMMITTEE_" * 4 + "x" * 80
    mark = Mark(1, replace(MARKS[0].citation, path=f"/papers/{name}.pdf"))
    for label in (text_label(name), marked_label(name, [mark], lambda _: None, "", 1.0), places_label([mark], print)):
        qtbot.addWidget(label)
        assert label.minimumSizeHint().width() < 300
    assert breakable("Words of the usual length, and no more.") == "Words of the usual length, and no more."
    assert breakable(name).replace("\u200b", "") == name


def test_links_take_the_colours_of_another_scheme(qtbot: QtBot, qapp: QApplication) -> None:
    theme = Theme(qapp)
    label = places_label(MARKS, lambda _: None)
    qtbot.addWidget(label)
    label.show()

    def link_colour() -> QColor:
        image = label.grab().toImage()
        pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return max(pixels, key=QColor.saturation)

    seen = []
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme.choose(appearance)
        QTest.qWait(50)
        seen.append((link_colour(), QColor(theme.colours.accent)))
    theme.choose(Appearance.SYSTEM)
    for shown, accent in seen:
        assert abs(shown.lightness() - accent.lightness()) < 40


def test_a_long_text_is_shortened_at_a_word() -> None:
    assert shortened("short enough", 12) == "short enough"
    assert shortened("a few words more than fit", 13) == "a few words…"
    assert shortened("x" * 50, 10) == "x" * 10 + "…"
