from threading import Event

import pytest
from on_desk import Start, ask, texts
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
)
from pytestqt.qtbot import QtBot
from scripted import QUOTE, ScriptedServices

from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.services import ModelInUse
from app.ui.turn import Phase

GOOD = Qualification(answerable=40, right=34, written=40, invented=2)
POOR = Qualification(answerable=40, right=9, written=70, invented=50)


def test_answer_shows_quotes_first_and_what_a_model_wrote_apart(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    gate = Event()
    services.answerer.meanwhile = lambda _cancel: gate.wait(10)
    desk = start()
    ask(desk)
    _, view = desk.window.conversation.turns[0] if desk.window.conversation.turns else (None, None)
    qtbot.waitUntil(lambda: len(desk.answers.turns[0].quotes) == 1)
    assert view is not None
    qtbot.waitUntil(lambda: QUOTE in texts(view))
    qtbot.waitUntil(lambda: "Written by a model" in texts(view) and "The model is writing…" in texts(view))
    gate.set()
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    qtbot.waitUntil(lambda: "The nurse in charge carries it." in texts(view))
    assert "The porter carries it." not in texts(view)
    button = next(b for b in view.findChildren(QAbstractButton) if "withheld" in b.text())
    button.click()
    assert "The porter carries it." in texts(view)
    assert "“porter” is not in the passage." in texts(view)


@pytest.mark.parametrize(
    ("qualification", "words", "leads"),
    [
        (None, "Model: Large, not qualified yet", False),
        (GOOD, "Model: Large, qualified to answer", True),
        (POOR, "Model: Large, below the mark: go by the quotes", False),
    ],
)
def test_only_a_qualified_model_comes_before_the_quotes(
    start: Start,
    qtbot: QtBot,
    services: ScriptedServices,
    qualification: Qualification | None,
    words: str,
    leads: bool,
) -> None:
    services.models.writer = ModelInUse("large", "Large", "generator", stand_in=False, qualification=qualification)
    desk = start()
    assert desk.window.conversation._models.text() == words
    ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    shown = texts(desk.window.conversation.turns[0][1])
    assert (shown.index("Written by a model") < shown.index("From your documents")) is leads
    assert QUOTE in shown


def test_follow_up_shows_what_was_looked_for_and_can_be_asked_as_typed(start: Start, qtbot: QtBot) -> None:
    desk = start()
    for question in ("Who carries the key?", "and in 2019?"):
        ask(desk, question)
        qtbot.waitUntil(lambda: not desk.answers.busy)
    (_, first), (_, second) = desk.window.conversation.turns
    assert "Looked for" not in texts(first)
    assert not first.as_typed.isVisible()
    assert "Looked for: Who carries the key in 2019?" in texts(second)
    QTest.keyClick(second.as_typed, Qt.Key.Key_Space)
    assert not second.as_typed.isEnabled()
    qtbot.waitUntil(lambda: not desk.answers.busy)
    assert second.as_typed.isEnabled()
    third = desk.answers.turns[2]
    assert (third.question, third.asked) == ("and in 2019?", "")
    assert "Looked for" not in texts(desk.window.conversation.turns[2][1])


def test_what_the_model_thinks_is_folded_away_as_its_own(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    gate = Event()
    services.answerer.meanwhile = lambda _cancel: gate.wait(10)
    services.answerer.thoughts = ("\n", "The <b>nurse</b>, ", "or the porter?\n")
    desk = start()
    ask(desk)
    view = desk.window.conversation.turns[0][1]
    qtbot.waitUntil(lambda: "The model is thinking…" in texts(view))
    button = next(b for b in view.findChildren(QAbstractButton) if b.text() == "▸ What the model thought")
    assert "or the porter?" not in texts(view)
    button.click()
    assert button.text() == "▾ What the model thought"
    assert "The <b>nurse</b>, or the porter?" in texts(view)
    assert "Nothing in it was checked" in texts(view)
    gate.set()
    qtbot.waitUntil(lambda: "The nurse in charge carries it." in texts(view))
    next(button for button in view.findChildren(QAbstractButton) if button.text() == "Copy answer").click()
    assert "or the porter?" not in QGuiApplication.clipboard().text()


def test_an_answer_without_thoughts_shows_none(start: Start, qtbot: QtBot) -> None:
    desk = start()
    ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    view = desk.window.conversation.turns[0][1]
    assert not [b for b in view.findChildren(QAbstractButton) if b.isVisible() and "thought" in b.text()]


def test_stop_keeps_what_is_shown(start: Start, qtbot: QtBot, services: ScriptedServices) -> None:
    def wait(cancel: CancelToken) -> None:
        while True:
            cancel.check()

    services.answerer.meanwhile = wait
    desk = start()
    ask(desk)
    qtbot.waitUntil(lambda: len(desk.answers.turns[0].quotes) == 1)
    QTest.keyClick(desk.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.STOPPED)
    shown = texts(desk.window.conversation)
    assert QUOTE in shown
    assert "Stopped." in shown


def test_the_model_gets_ready_once_while_a_question_is_typed(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    field = start().window.conversation.question.field
    QTest.keyClicks(field, "  ")
    assert services.answerer.warmed_up == 0
    QTest.keyClicks(field, "Who")
    qtbot.waitUntil(lambda: services.answerer.warmed_up == 1)
    QTest.keyClicks(field, " has the keys?")
    assert services.answerer.warmed_up == 1


def test_shift_and_enter_begin_a_new_line(start: Start) -> None:
    desk = start()
    field = desk.window.conversation.question.field
    QTest.keyClicks(field, "one")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "two")
    assert field.toPlainText() == "one\ntwo"
    assert not desk.answers.turns


def test_mark_opens_its_place_by_keyboard(start: Start, qtbot: QtBot) -> None:
    desk = start()
    ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    _, view = desk.window.conversation.turns[0]
    label = next(label for label in view.findChildren(QLabel) if "Key cupboard.md" in label.text())
    label.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(label, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.source.text_view.marked_text == QUOTE)
    assert desk.window.source.isVisible()


def test_tab_goes_through_the_answers_to_the_question(start: Start, qtbot: QtBot) -> None:
    desk = start()
    window = desk.window
    for _ in range(2):
        ask(desk)
        qtbot.waitUntil(lambda: not desk.answers.busy)
    walked: list[str] = []
    window.conversation.scope.button.setFocus()
    for _ in range(8):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
        widget = window.focusWidget()
        assert isinstance(widget, QLabel | QAbstractButton)
        walked.insert(0, widget.accessibleName() or widget.text())
    one = [
        "[1] Key cupboard.md, section 1",
        "The nurse in charge carries it.",
        "▸ 1 sentence of the model withheld",
        "Copy answer",
    ]
    assert walked == one + one


def test_answer_is_copied_with_its_places(start: Start, qtbot: QtBot) -> None:
    desk = start()
    ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    _, view = desk.window.conversation.turns[0]
    next(button for button in view.findChildren(QAbstractButton) if button.text() == "Copy answer").click()
    copied = QGuiApplication.clipboard().text()
    assert f"“{QUOTE}” [1]" in copied
    assert "[1] Key cupboard.md, section 1 (/papers/Key cupboard.md)" in copied
