from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot
from scripted import QUOTE, ScriptedServices

from app.domain.conversations import Ending, KeptTurn, Origin
from app.domain.documents import DocumentEntry, DocumentState
from app.domain.errors import EnvironmentFault
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.services import ModelInUse, Notice, Services
from app.ui.desk import Desk
from app.ui.library_presenter import WorkState
from app.ui.notice_bar import NoticeBar
from app.ui.report_dialog import ReportDialog
from app.ui.theme import Appearance, Theme
from app.ui.turn import Phase
from app.ui.two_line_delegate import ENTRY_ROLE

GOOD = Qualification(answerable=40, right=34, written=40, invented=2)
POOR = Qualification(answerable=40, right=9, written=70, invented=50)

Start = Callable[..., Desk]


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, tmp_path: Path, services: ScriptedServices) -> Iterator[Start]:
    """Open the window on the scripted services; every window is closed at the end."""
    desks: list[tuple[Desk, list[bool]]] = []

    def begin(open_services: Callable[[Path], object] = lambda _folder: services, wait: bool = True) -> Desk:
        desk = Desk(tmp_path, cast("Callable[[Path], Services]", open_services), Theme(qapp), tmp_path / "log")
        ended: list[bool] = []
        desk.ended.connect(ended.append)
        opened: list[bool] = []
        desk.opened.connect(lambda: opened.append(True))
        desks.append((desk, ended))
        desk.window.painted.connect(desk.open)
        with qtbot.waitActive(desk.window):
            desk.window.show()
            desk.window.activateWindow()
        if wait:
            qtbot.waitUntil(lambda: bool(opened) and desk.library.state is WorkState.IDLE)
        return desk

    yield begin
    for desk, ended in desks:
        desk.close()
        qtbot.waitUntil(partial(bool, ended))
        desk.deleteLater()


def _texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def _ask(desk: Desk, question: str = "Who carries the key?") -> None:
    field = desk.window.conversation.question.field
    QTest.keyClicks(field, question)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_library_is_opened_elsewhere_and_after_the_first_paint(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    seen: list[bool] = []

    def open_services(_folder: Path) -> ScriptedServices:
        seen.append(current_thread() is main_thread())
        return services

    desk = start(open_services, wait=False)
    painted: list[bool] = []
    desk.window.painted.connect(lambda: painted.append(not seen))
    qtbot.waitUntil(lambda: desk.services is not None)
    assert seen == [False]


def test_question_asked_before_the_library_is_open_is_answered(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    gate = Event()

    def open_services(_folder: Path) -> ScriptedServices:
        gate.wait(10)
        return services

    desk = start(open_services, wait=False)
    _ask(desk)
    assert desk.answers.turns[0].phase is Phase.WAITING
    gate.set()
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)


def test_library_that_cannot_be_opened_is_explained(start: Start, qtbot: QtBot) -> None:
    def open_services(_folder: Path) -> ScriptedServices:
        raise EnvironmentFault("The library is open in another Lectern.", "Close the other one.")

    desk = start(open_services, wait=False)
    qtbot.waitUntil(lambda: "Close the other one." in _texts(desk.window.welcome))
    assert not desk.window.library.isVisible()
    assert not desk.window.conversation.question.isEnabled()
    desk.window.paths_dropped.emit([Path("/papers")])
    qtbot.waitUntil(lambda: "open in another Lectern" in _texts(desk.window.conversation))


def test_question_to_an_empty_library_says_that_it_is_empty(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    services.answerer.finds = False
    desk = start()
    _ask(desk)
    qtbot.waitUntil(lambda: "There are no documents yet." in _texts(desk.window.conversation))


def test_question_that_waits_for_a_library_that_cannot_be_opened_is_told(start: Start, qtbot: QtBot) -> None:
    gate = Event()

    def open_services(_folder: Path) -> ScriptedServices:
        gate.wait(10)
        raise EnvironmentFault("The library is open in another Lectern.", "Close the other one.")

    desk = start(open_services, wait=False)
    _ask(desk)
    gate.set()
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.FAILED)
    assert "Close the other one." in _texts(desk.window.conversation.turns[0][1])


def test_answer_shows_quotes_first_and_what_a_model_wrote_apart(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    gate = Event()
    services.answerer.meanwhile = lambda _cancel: gate.wait(10)
    desk = start()
    _ask(desk)
    _, view = desk.window.conversation.turns[0] if desk.window.conversation.turns else (None, None)
    qtbot.waitUntil(lambda: len(desk.answers.turns[0].quotes) == 1)
    assert view is not None
    qtbot.waitUntil(lambda: QUOTE in _texts(view))
    qtbot.waitUntil(lambda: "Written by a model" in _texts(view) and "The model is writing…" in _texts(view))
    gate.set()
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    qtbot.waitUntil(lambda: "The nurse in charge carries it." in _texts(view))
    assert "The porter carries it." not in _texts(view)
    button = next(b for b in view.findChildren(QAbstractButton) if "withheld" in b.text())
    button.click()
    assert "The porter carries it." in _texts(view)
    assert "“porter” is not in the passage." in _texts(view)


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
    _ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    texts = _texts(desk.window.conversation.turns[0][1])
    assert (texts.index("Written by a model") < texts.index("From your documents")) is leads
    assert QUOTE in texts


def test_follow_up_shows_what_was_looked_for_and_can_be_asked_as_typed(start: Start, qtbot: QtBot) -> None:
    desk = start()
    for question in ("Who carries the key?", "and in 2019?"):
        _ask(desk, question)
        qtbot.waitUntil(lambda: not desk.answers.busy)
    (_, first), (_, second) = desk.window.conversation.turns
    assert "Looked for" not in _texts(first)
    assert not first.as_typed.isVisible()
    assert "Looked for: Who carries the key in 2019?" in _texts(second)
    QTest.keyClick(second.as_typed, Qt.Key.Key_Space)
    assert not second.as_typed.isEnabled()
    qtbot.waitUntil(lambda: not desk.answers.busy)
    assert second.as_typed.isEnabled()
    third = desk.answers.turns[2]
    assert (third.question, third.asked) == ("and in 2019?", "")
    assert "Looked for" not in _texts(desk.window.conversation.turns[2][1])


def test_what_the_model_thinks_is_folded_away_as_its_own(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    gate = Event()
    services.answerer.meanwhile = lambda _cancel: gate.wait(10)
    services.answerer.thoughts = ("\n", "The <b>nurse</b>, ", "or the porter?\n")
    desk = start()
    _ask(desk)
    view = desk.window.conversation.turns[0][1]
    qtbot.waitUntil(lambda: "The model is thinking…" in _texts(view))
    button = next(b for b in view.findChildren(QAbstractButton) if b.text() == "▸ What the model thought")
    assert "or the porter?" not in _texts(view)
    button.click()
    assert button.text() == "▾ What the model thought"
    assert "The <b>nurse</b>, or the porter?" in _texts(view)
    assert "Nothing in it was checked" in _texts(view)
    gate.set()
    qtbot.waitUntil(lambda: "The nurse in charge carries it." in _texts(view))
    next(button for button in view.findChildren(QAbstractButton) if button.text() == "Copy answer").click()
    assert "or the porter?" not in QGuiApplication.clipboard().text()


def test_an_answer_without_thoughts_shows_none(start: Start, qtbot: QtBot) -> None:
    desk = start()
    _ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    view = desk.window.conversation.turns[0][1]
    assert not [b for b in view.findChildren(QAbstractButton) if b.isVisible() and "thought" in b.text()]


def test_stop_keeps_what_is_shown(start: Start, qtbot: QtBot, services: ScriptedServices) -> None:
    def wait(cancel: CancelToken) -> None:
        while True:
            cancel.check()

    services.answerer.meanwhile = wait
    desk = start()
    _ask(desk)
    qtbot.waitUntil(lambda: len(desk.answers.turns[0].quotes) == 1)
    QTest.keyClick(desk.window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.STOPPED)
    texts = _texts(desk.window.conversation)
    assert QUOTE in texts
    assert "Stopped." in texts


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
    _ask(desk)
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
        _ask(desk)
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
    _ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    _, view = desk.window.conversation.turns[0]
    next(button for button in view.findChildren(QAbstractButton) if button.text() == "Copy answer").click()
    copied = QGuiApplication.clipboard().text()
    assert f"“{QUOTE}” [1]" in copied
    assert "[1] Key cupboard.md, section 1 (/papers/Key cupboard.md)" in copied


def test_folder_can_be_dropped_anywhere(start: Start, qtbot: QtBot, services: ScriptedServices, tmp_path: Path) -> None:
    desk = start()
    window = desk.window
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for place in (window.library, window.conversation.question.field, window.conversation):
        spot = window.mapFromGlobal(place.mapToGlobal(place.rect().center()))
        QApplication.sendEvent(window, QDragEnterEvent(spot, *how))
        assert window.overlay.isVisible()
        drop = QDropEvent(QPointF(spot), *how)
        QApplication.sendEvent(window, drop)
        assert drop.isAccepted()
        assert not window.overlay.isVisible()
    qtbot.waitUntil(lambda: services.library.added == [tmp_path] * 3)
    QApplication.sendEvent(window, QDragEnterEvent(window.rect().center(), *how))
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.overlay.isVisible()


def test_nothing_inside_the_window_takes_a_drop_for_itself(start: Start) -> None:
    desk = start()
    takers = [widget for widget in desk.window.findChildren(QWidget) if widget.acceptDrops()]
    assert [widget for widget in takers if not isinstance(widget, QLineEdit)] == []


def test_progress_is_shown_paused_and_stopped(start: Start, qtbot: QtBot, services: ScriptedServices) -> None:
    def wait(cancel: CancelToken) -> None:
        while True:
            cancel.check()

    desk = start()
    strip = desk.window.strip
    assert not strip.isVisible()
    services.library.meanwhile = wait
    desk.library.add([Path("/papers/a.pdf")])
    qtbot.waitUntil(lambda: "Reading documents" in _texts(strip))
    assert "1 of 2 files" in _texts(strip)
    pause = next(button for button in strip.findChildren(QAbstractButton) if button.text() == "Pause")
    pause.click()
    assert "Paused" in _texts(strip)
    pause.click()
    assert desk.library.state is WorkState.RUNNING
    next(button for button in strip.findChildren(QAbstractButton) if button.text() == "Stop").click()
    qtbot.waitUntil(lambda: "Stopped. 1 document still to do." in _texts(strip))


@pytest.mark.parametrize("paused", [False, True])
def test_close_during_work_is_quick_and_orderly(
    start: Start, qtbot: QtBot, services: ScriptedServices, paused: bool
) -> None:
    def wait(cancel: CancelToken) -> None:
        while True:
            cancel.check()

    desk = start()
    services.library.meanwhile = services.answerer.meanwhile = wait
    desk.library.add([Path("/papers/a.pdf")])
    _ask(desk)
    qtbot.waitUntil(lambda: desk.library.state is WorkState.RUNNING and len(desk.answers.turns[0].quotes) == 1)
    if paused:
        desk.library.pause()
    with qtbot.waitSignal(desk.ended, timeout=3000) as ended:
        desk.window.close()
        assert desk.window.isVisible()
    assert ended.args == [True]
    assert not desk.window.isVisible()
    assert services.closed == 1


def test_close_while_the_library_is_being_opened_closes_it_too(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    gate, begun = Event(), Event()

    def open_services(_folder: Path) -> ScriptedServices:
        begun.set()
        gate.wait(10)
        return services

    desk = start(open_services, wait=False)
    qtbot.waitUntil(begun.is_set)
    desk.window.close()
    gate.set()
    qtbot.waitUntil(lambda: services.closed == 1)


def test_window_remembers_its_place_and_looks(start: Start, qtbot: QtBot) -> None:
    first = start()
    first.window.resize(760, 600)
    first.window.panes.setSizes([250, 510, 0])
    first._choose(Appearance.DARK)
    with qtbot.waitSignal(first.ended):
        first.window.close()
    second = start()
    assert (second.window.width(), second.window.height()) == (760, 600)
    assert second.window.library.width() == first.window.library.width()
    assert second._theme.appearance is Appearance.DARK
    second._choose(Appearance.SYSTEM)


def test_notices_are_shown_calmly_and_once(start: Start, qtbot: QtBot, services: ScriptedServices) -> None:
    services.notices = (Notice("No C++ compiler was found.", "Install one."),)
    desk = start()
    for _ in range(3):
        desk.show_error(EnvironmentFault("The disk is full.", "Make room."))

    def shown() -> list[str]:
        return sorted(bar.text for bar in desk.window.findChildren(NoticeBar) if bar.isVisible())

    qtbot.waitUntil(lambda: shown() == ["No C++ compiler was found. Install one.", "The disk is full. Make room."])


def test_model_is_named_as_a_stand_in(start: Start, qtbot: QtBot) -> None:
    desk = start()
    qtbot.waitUntil(lambda: "Model: Tiny, a small stand-in" in _texts(desk.window.conversation))


def test_skipped_document_says_why(start: Start, qtbot: QtBot, services: ScriptedServices) -> None:
    detail = "“x.pdf” is locked with a password. Save a copy without it."
    services.library.rows = [
        DocumentEntry(None, "/papers/x.pdf", "Ward", DocumentState.SKIPPED, reason="encrypted", detail=detail)
    ]
    desk = start()
    tree = desk.window.library.tree
    qtbot.waitUntil(lambda: desk.window.library.model.rowCount() == 1 and desk.window.library.model.settled)
    index = tree.model().index(0, 0, tree.model().index(0, 0))
    assert detail in index.data(Qt.ItemDataRole.ToolTipRole)
    entry = services.library.rows[0]
    texts = [action.text() for action in desk.window.library.menu_for(entry).actions()]
    assert texts == ["Why was it skipped?", "", "Remove from the library…"]
    desk.window.library.reason_wanted.emit(entry)
    dialog = desk.window.findChild(ReportDialog)
    assert isinstance(dialog, ReportDialog)
    cells = [dialog.table.item(0, column) for column in range(3)]
    assert [cell and cell.text() for cell in cells] == ["x.pdf", "locked with a password", detail]
    dialog.close()


def test_filter_leaves_what_fits(start: Start, qtbot: QtBot, services: ScriptedServices) -> None:
    services.library.rows = [
        DocumentEntry(None, f"/papers/{name}", "Ward", DocumentState.QUEUED) for name in ("Fire plan.pdf", "Rota.docx")
    ]
    desk = start()
    library = desk.window.library
    qtbot.waitUntil(lambda: library.model.rowCount() == 1 and library.model.settled)
    library.filter.setText("fire")
    proxy = library.tree.model()
    qtbot.waitUntil(lambda: proxy.rowCount(proxy.index(0, 0)) == 1)
    assert proxy.index(0, 0, proxy.index(0, 0)).data() == "Fire plan.pdf"
    library.filter.setText("zzz")
    qtbot.waitUntil(lambda: "No document has this in its name." in _texts(library))


def test_every_action_has_its_own_key(start: Start) -> None:
    menus = start().window.menuBar().findChildren(QMenu)
    keys = [action.shortcut().toString() for menu in menus for action in menu.actions() if not action.isSeparator()]
    given = [key for key in keys if key]
    assert len(given) >= 14
    assert len(set(given)) == len(given)


def test_quit_by_keyboard(start: Start, qtbot: QtBot) -> None:
    desk = start()
    with qtbot.waitSignal(desk.ended):
        QTest.keyClick(desk.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def test_every_control_can_be_named_by_a_screen_reader(start: Start, qtbot: QtBot) -> None:
    desk = start()
    _ask(desk)
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)
    nameless = [
        widget
        for widget in desk.window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.objectName().startswith("qt_")
        and not widget.accessibleName()
        and not getattr(widget, "text", lambda: "")()
    ]
    assert nameless == []


def _names(desk: Desk) -> list[str]:
    rows = desk.window.conversations.list
    return [rows.item(row).text() for row in range(rows.count())]


def test_conversations_are_begun_listed_found_and_opened_by_keyboard(start: Start, qtbot: QtBot) -> None:
    desk = start()
    window = desk.window
    for question in ("Who carries the key?", "When is supper?"):
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        _ask(desk, question)
        qtbot.waitUntil(lambda: not desk.answers.busy)
    qtbot.waitUntil(lambda: _names(desk) == ["When is supper?", "Who carries the key?"])
    assert not window.conversations.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.conversations.isVisible()
    assert window.conversations.search.hasFocus()
    QTest.keyClicks(window.conversations.search, "key zzz")
    qtbot.waitUntil(lambda: "No conversation has these words." in _texts(window.conversations))
    window.conversations.search.setText("WHO key")
    qtbot.waitUntil(lambda: _names(desk) == ["Who carries the key?"])
    assert len(window.conversation.turns) == 1
    window.conversations.list.setFocus()
    window.conversations.list.setCurrentRow(0)
    QTest.keyClick(window.conversations.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Who carries the key?" in _texts(window.conversation))
    ((turn, view),) = window.conversation.turns
    assert QUOTE in _texts(view)
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
    assert "Nothing was asked here yet." in _texts(view)
    _ask(desk)
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
    qtbot.waitUntil(lambda: "The conversation was written to" in _texts(desk.window.conversation))
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
    _ask(desk)
    qtbot.waitUntil(lambda: "This answer was not kept. The disk is full. Make room." in _texts(desk.window))
    assert QUOTE in _texts(desk.window.conversation)


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
    _ask(desk)
    qtbot.waitUntil(lambda: not desk.answers.busy)
    assert len(view.turns) == 13
