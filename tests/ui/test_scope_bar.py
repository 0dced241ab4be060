"""Choosing what is searched, in the window."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot
from scripted import ScriptedServices

from app.domain.documents import DocumentEntry, DocumentState
from app.domain.errors import UsageFault
from app.domain.scope import EVERYTHING, Scope
from app.services import Services
from app.ui.days_question import DaysQuestion
from app.ui.desk import Desk
from app.ui.listing import listing_of
from app.ui.scope_bar import ScopeBar
from app.ui.scope_choices import Choice, choices
from app.ui.theme import Theme
from app.ui.turn import Phase, Turn, as_text


def _entry(path: str, collection: str, form: str) -> DocumentEntry:
    return DocumentEntry(1, path, collection, DocumentState.INDEXED, "ab" * 32, "", form, 2, 3)


LEASE = _entry("/papers/R&D/lease.pdf", "Contracts", "pdf")
ROTA = _entry("/papers/wards/rota.md", "Wards", "markdown")
LISTING = listing_of(1, [LEASE, ROTA])


def _scopes(some: tuple[Choice, ...]) -> dict[str, Scope]:
    return {choice.words: choice.scope for choice in some}


def test_choices_are_those_that_the_library_has() -> None:
    offered = choices(EVERYTHING, LISTING, LEASE)
    assert (offered.everything.scope, offered.everything.taken) == (EVERYTHING, True)
    assert _scopes(offered.collections) == {
        "Contracts": Scope(collections=("Contracts",)),
        "Wards": Scope(collections=("Wards",)),
    }
    assert _scopes(offered.types) == {"Markdown": Scope(types=("markdown",)), "PDF": Scope(types=("pdf",))}
    assert _scopes(offered.selected) == {
        "Only lease.pdf": Scope(documents=(LEASE.path,)),
        "Only the folder R&D": Scope(folders=("/papers/R&D",)),
    }
    assert choices(EVERYTHING, LISTING, None).selected == ()


def test_places_take_turns_and_types_go_with_each() -> None:
    scope = Scope(folders=("/papers/R&D",), types=("pdf",))
    offered = choices(scope, LISTING, LEASE)
    assert [choice.taken for choice in offered.selected] == [False, True]
    assert offered.selected[0].scope == Scope(documents=(LEASE.path,), types=("pdf",))
    assert offered.selected[1].scope == Scope(types=("pdf",))
    wards = offered.collections[1].scope
    assert wards == Scope(collections=("Wards",), types=("pdf",))
    both = choices(wards, LISTING, None).collections[0].scope
    assert both.collections == ("Wards", "Contracts")
    assert choices(both, LISTING, None).collections[1].scope.collections == ("Contracts",)


def test_a_menu_offers_them_and_words_remove_them(qtbot: QtBot) -> None:
    bar = ScopeBar()
    qtbot.addWidget(bar)
    chosen: list[Scope] = []
    bar.chosen.connect(chosen.append)
    menu = bar.menu_of(choices(EVERYTHING, LISTING, LEASE))
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert texts == [
        "All documents", "&Collections", "&Types", "&Days…", "Only lease.pdf", "Only the folder R&&D",
    ]  # fmt: skip
    collections = menu.findChildren(QMenu)[0]
    collections.actions()[0].trigger()
    assert chosen == [Scope(collections=("Contracts",))]
    bar.show_scope(Scope(collections=("<b>R&D</b>", "Wards")))
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in bar.words.text()
    bar.words.linkActivated.emit("0")
    assert chosen[1:] == [Scope(collections=("Wards",))]


def test_days_are_asked_for(qtbot: QtBot) -> None:
    question = DaysQuestion(Scope(collections=("Wards",)))
    qtbot.addWidget(question)
    chosen: list[Scope] = []
    question.chosen.connect(chosen.append)
    check, day = question.since
    assert not day.isEnabled()
    check.setChecked(True)
    day.setDate(QDate(2024, 2, 29))
    question.accept()
    (scope,) = chosen
    assert (scope.collections, str(scope.since), scope.until) == (("Wards",), "2024-02-29", None)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path, services: ScriptedServices) -> Iterator[Desk]:
    """The window on scripted services that hold two documents."""
    services.library.rows = [LEASE, ROTA]
    services.library.revision = 1

    def open_services(_folder: Path) -> Services:
        return cast("Services", services)

    made = Desk(tmp_path, open_services, Theme(qapp), tmp_path / "log")
    ended: list[bool] = []
    made.ended.connect(ended.append)
    with qtbot.waitActive(made.window):
        made.window.show()
        made.window.activateWindow()
    made.open()
    qtbot.waitUntil(lambda: made.window.library.model.rowCount() == 2 and made.window.library.model.settled)
    yield made
    made.close()
    qtbot.waitUntil(partial(bool, ended))
    made.deleteLater()


def _texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def _ask(desk: Desk, qtbot: QtBot) -> Turn:
    field = desk.window.conversation.question.field
    QTest.keyClicks(field, "Who carries the key?")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not desk.answers.busy)
    return desk.answers.turns[-1]


def _trigger(menu: QMenu, words: str) -> None:
    next(action for action in menu.actions() if action.text() == words).trigger()


def _services(desk: Desk) -> ScriptedServices:
    return cast("ScriptedServices", desk.services)


def test_a_question_is_asked_in_the_scope_chosen_in_the_list(desk: Desk, qtbot: QtBot) -> None:
    window = desk.window
    assert window.conversation.scope.button.text() == "Search in all documents ▾"
    for menu, words, scope in (
        (window.library.menu_for(LEASE), "Ask only this document", Scope(documents=(LEASE.path,))),
        (window.library.menu_for(LEASE), "Ask only this folder", Scope(folders=("/papers/R&D",))),
        (window.library.menu_for_collection("Wards"), "Ask only this collection", Scope(collections=("Wards",))),
    ):
        _trigger(menu, words)
        assert desk.answers.scope == scope
        assert window.conversation.question.field.hasFocus()
    assert "Wards&nbsp;×" in window.conversation.scope.words.text()
    assert window.conversation.scope.button.accessibleName() == "Where to search: in Wards"
    turn = _ask(desk, qtbot)
    assert turn.scope == Scope(collections=("Wards",))
    window.conversation.scope.words.linkActivated.emit("0")
    assert desk.answers.scope == EVERYTHING
    assert not window.conversation.scope.words.isVisible()
    assert "Only documents in Wards" in _texts(window.conversation.turns[0][1])
    assert "Asked only of documents in Wards" in as_text(turn)
    assert "Only documents" not in _texts(_view(desk, _ask(desk, qtbot)))


def _view(desk: Desk, turn: Turn) -> QWidget:
    return next(view for shown, view in desk.window.conversation.turns if shown is turn)


def test_a_refusal_says_what_was_searched_and_what_could_not_be_read(desk: Desk, qtbot: QtBot) -> None:
    _services(desk).answerer.finds = False
    desk.answers.choose(Scope(collections=("Wards",)))
    texts = _texts(_view(desk, _ask(desk, qtbot)))
    assert "Nothing in these documents is about this." in texts
    assert "Searched only: 12 documents in Wards. 2 files could not be read: a.pdf, b.docx." in texts


def test_a_scope_that_holds_nothing_is_no_missing_answer(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise UsageFault("There is no collection “Wards” in this library.", "There are: “Contracts”.")

    monkeypatch.setattr(_services(desk).answerer, "ask", refuse)
    turn = _ask(desk, qtbot)
    assert turn.phase is Phase.FAILED
    assert "There are: “Contracts”." in _texts(_view(desk, turn))
    assert "Searched" not in _texts(_view(desk, turn))


def test_the_menu_opens_by_keyboard_and_words_go_by_keyboard(desk: Desk, qtbot: QtBot) -> None:
    window = desk.window
    shown: Callable[[], QWidget | None] = QApplication.activePopupWidget
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.conversation.question.field, Qt.Key.Key_L, modifiers)
    qtbot.waitUntil(lambda: isinstance(shown(), QMenu))
    menu = shown()
    assert menu is not None
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: shown() is None)
    desk.answers.choose(Scope(types=("pdf", "markdown")))
    QTest.keyClick(window.conversation.question.field, Qt.Key.Key_Backtab)
    assert window.focusWidget() is window.conversation.scope.words
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert desk.answers.scope == Scope(types=("pdf",))
