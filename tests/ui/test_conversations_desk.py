from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from on_desk import Start, ask, texts
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QInputDialog,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot
from scripted import QUOTE, ScriptedServices

from app.domain.conversations import Ending, KeptTurn, Origin
from app.domain.errors import EnvironmentFault
from app.ui.desk import Desk
from app.ui.two_line_delegate import ENTRY_ROLE


def _names(desk: Desk) -> list[str]:
    rows = desk.window.conversations.list
    return [rows.item(row).text() for row in range(rows.count())]


def test_conversations_are_begun_listed_found_and_opened_by_keyboard(start: Start, qtbot: QtBot) -> None:
    desk = start()
    window = desk.window
    for question in ("Who carries the key?", "When is supper?"):
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        ask(desk, question)
        qtbot.waitUntil(lambda: not desk.answers.busy)
    qtbot.waitUntil(lambda: _names(desk) == ["When is supper?", "Who carries the key?"])
    assert not window.conversations.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.conversations.isVisible()
    assert window.conversations.search.hasFocus()
    QTest.keyClicks(window.conversations.search, "key zzz")
    qtbot.waitUntil(lambda: "No conversation has these words." in texts(window.conversations))
    window.conversations.search.setText("WHO key")
    qtbot.waitUntil(lambda: _names(desk) == ["Who carries the key?"])
    assert len(window.conversation.turns) == 1
    window.conversations.list.setFocus()
    window.conversations.list.setCurrentRow(0)
    QTest.keyClick(window.conversations.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Who carries the key?" in texts(window.conversation))
    ((turn, view),) = window.conversation.turns
    assert QUOTE in texts(view)
    window.conversation.citation_opened.emit(turn.quotes[0].marks[0].citation)
    qtbot.waitUntil(lambda: window.source.text_view.marked_text == QUOTE)
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.conversation.turns == []
    assert window.welcome.isVisible()
    assert window.conversation.question.field.hasFocus()


def test_a_conversation_is_renamed_exported_and_removed_after_asking(
    start: Start, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = start()
    view = desk.window.conversations
    desk.window.side.go_to_search()
    assert "Nothing was asked here yet." in texts(view)
    ask(desk)
    qtbot.waitUntil(lambda: _names(desk) == ["Who carries the key?"])
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_F2)
    dialog = view.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    assert dialog.textValue() == "Who carries the key?"
    dialog.setTextValue("The key")
    dialog.accept()
    qtbot.waitUntil(lambda: _names(desk) == ["The key"])
    with qtbot.waitActive(desk.window):
        desk.window.activateWindow()

    offered: list[str] = []

    def choose(_parent: QWidget, _title: str, name: str, _formats: str) -> tuple[str, str]:
        offered.append(name)
        return str(tmp_path / "out.pdf"), ""

    # The system's own dialog, which asks before it replaces a file, cannot be used without a user.
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    QTest.keyClick(desk.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert offered == ["Who carries the key.pdf"]
    qtbot.waitUntil(lambda: "The conversation was written to" in texts(desk.window.conversation))
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")

    entry = view.list.item(0).data(ENTRY_ROLE)
    assert [action.text() for action in view.menu_for(entry).actions()] == [
        "Show", "Rename…", "Export…", "", "Remove…",
    ]  # fmt: skip
    QTest.keyClick(view.list, Qt.Key.Key_Delete)
    question = view.findChild(QMessageBox)
    assert isinstance(question, QMessageBox)
    next(button for button in question.buttons() if button.text() == "Remove").click()
    qtbot.waitUntil(lambda: _names(desk) == [])
    assert desk.window.conversation.turns == []


def test_what_is_not_kept_is_said(
    start: Start, qtbot: QtBot, services: ScriptedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> int:
        raise EnvironmentFault("The disk is full.", "Make room.")

    monkeypatch.setattr(services.library.conversations, "keep", full)
    desk = start()
    ask(desk)
    qtbot.waitUntil(lambda: "This answer was not kept. The disk is full. Make room." in texts(desk.window))
    assert QUOTE in texts(desk.window.conversation)


def _is(shown: Callable[[], list[str]], wanted: list[str]) -> bool:
    return shown() == wanted


def test_a_long_conversation_shows_its_end_first_and_the_rest_when_asked(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    asked = [f"Question {number}?" for number in range(12)]
    conversation: int | None = None
    for question in asked:
        turn = KeptTurn(question, datetime.now(UTC), Ending.COMPLETE, (), Origin())
        conversation = services.library.conversations.keep(conversation, turn, [])
    desk = start()
    view = desk.window.conversation
    qtbot.waitUntil(lambda: desk.window.conversations.list.count() == 1)
    desk.window.conversations.chosen.emit(conversation)

    def shown() -> list[str]:
        return [turn.question for turn, _ in view.turns]

    for more, offered in ((5, "7 earlier questions"), (10, "2 earlier questions")):
        qtbot.waitUntil(partial(_is, shown, asked[-more:]))
        button = next(button for button in view.findChildren(QAbstractButton) if offered in button.text())
        button.click()
    assert shown() == asked
    assert not button.isVisible()

    def from_top_to_bottom() -> bool:
        places = [turn_view.y() for _, turn_view in view.turns]
        return places == sorted(set(places))

    qtbot.waitUntil(from_top_to_bottom)
    ask(desk)
    qtbot.waitUntil(lambda: not desk.answers.busy)
    assert len(view.turns) == 13
