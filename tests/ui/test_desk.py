from pathlib import Path
from threading import Event, current_thread, main_thread

import pytest
from on_desk import Start, ask, texts
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot
from scripted import ScriptedServices

from app.domain.documents import DocumentEntry, DocumentState
from app.domain.errors import EnvironmentFault
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.services import Notice
from app.ui.library_presenter import WorkState
from app.ui.notice_bar import NoticeBar
from app.ui.report_dialog import ReportDialog
from app.ui.theme import Appearance
from app.ui.turn import Phase, Turn


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
    ask(desk)
    assert desk.answers.turns[0].phase is Phase.WAITING
    gate.set()
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.DONE)


def test_library_that_cannot_be_opened_is_explained(start: Start, qtbot: QtBot) -> None:
    def open_services(_folder: Path) -> ScriptedServices:
        raise EnvironmentFault("The library is open in another Lectern.", "Close the other one.")

    desk = start(open_services, wait=False)
    qtbot.waitUntil(lambda: "Close the other one." in texts(desk.window.welcome))
    assert not desk.window.library.isVisible()
    assert not desk.window.conversation.question.isEnabled()
    desk.window.paths_dropped.emit([Path("/papers")])
    qtbot.waitUntil(lambda: "open in another Lectern" in texts(desk.window.conversation))


def test_question_to_an_empty_library_says_that_it_is_empty(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    services.answerer.finds = False
    desk = start()
    ask(desk)
    qtbot.waitUntil(lambda: "There are no documents yet." in texts(desk.window.conversation))


def test_question_that_waits_for_a_library_that_cannot_be_opened_is_told(start: Start, qtbot: QtBot) -> None:
    gate = Event()

    def open_services(_folder: Path) -> ScriptedServices:
        gate.wait(10)
        raise EnvironmentFault("The library is open in another Lectern.", "Close the other one.")

    desk = start(open_services, wait=False)
    ask(desk)
    gate.set()
    qtbot.waitUntil(lambda: desk.answers.turns[0].phase is Phase.FAILED)
    assert "Close the other one." in texts(desk.window.conversation.turns[0][1])


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
    qtbot.waitUntil(lambda: "Reading documents" in texts(strip))
    assert "1 of 2 files" in texts(strip)
    pause = next(button for button in strip.findChildren(QAbstractButton) if button.text() == "Pause")
    pause.click()
    assert "Paused" in texts(strip)
    pause.click()
    assert desk.library.state is WorkState.RUNNING
    next(button for button in strip.findChildren(QAbstractButton) if button.text() == "Stop").click()
    qtbot.waitUntil(lambda: "Stopped. 1 document still to do." in texts(strip))


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
    ask(desk)
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
    qtbot.waitUntil(lambda: "Model: Tiny, a small stand-in" in texts(desk.window.conversation))


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
    qtbot.waitUntil(lambda: "No document has this in its name." in texts(library))


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
    ask(desk)
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


def test_documents_are_summed_up_and_compared_from_the_list(
    start: Start, qtbot: QtBot, services: ScriptedServices
) -> None:
    services.library.rows = [
        DocumentEntry(number, f"/papers/{name}", "Ward", DocumentState.INDEXED, "0" * 64, pages=1)
        for number, name in enumerate(("Plan.pdf", "Rota.docx", "Tea.txt"))
    ]
    desk = start()
    library = desk.window.library
    qtbot.waitUntil(lambda: library.model.rowCount() == 1 and library.model.settled)
    library.tree.expandAll()

    def asked(menu: QMenu, words: str) -> Turn:
        next(action for action in menu.actions() if action.text() == words).trigger()
        qtbot.waitUntil(lambda: not desk.answers.busy)
        return desk.answers.turns[-1]

    turn = asked(library.menu_for(services.library.rows[0]), "Summarise")
    assert (turn.question, turn.scope) == ("Summarise this document", Scope(documents=("/papers/Plan.pdf",)))
    proxy = library.tree.model()
    rows = [proxy.index(row, 0, proxy.index(0, 0)) for row in range(3)]
    select = library.tree.selectionModel().select
    select(rows[0], QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert library.several == []
    select(rows[2], QItemSelectionModel.SelectionFlag.Select)
    both = Scope(documents=("/papers/Plan.pdf", "/papers/Tea.txt"))
    turn = asked(library.menu_for_several(library.several), "Compare these two documents")
    assert (turn.question, turn.scope) == ("Compare these two documents", both)
    turn = asked(library.menu_for_several(library.several), "Summarise these documents")
    assert (turn.question, turn.scope) == ("Summarise these documents", both)
    select(rows[1], QItemSelectionModel.SelectionFlag.Select)
    assert [action.text() for action in library.menu_for_several(library.several).actions()] == [
        "Ask only these documents",
        "Summarise these documents",
    ]


def test_every_place_of_a_word_is_asked_for_by_a_key(start: Start) -> None:
    desk = start()
    field = desk.window.conversation.question.field
    QTest.keyClicks(field, "boiler")
    QTest.keyClick(desk.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert field.toPlainText() == 'Where is "boiler" mentioned?'
    QTest.keyClicks(field, "s")
    assert field.toPlainText() == 'Where is "boilers" mentioned?'
