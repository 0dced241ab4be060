"""The list of conversations, and the one that is shown, without a window."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from later import LaterJobs
from scripted import QUOTE, ScriptedLibrary, ScriptedServices

from app.domain.conversations import ConversationEntry
from app.domain.errors import EnvironmentFault, LecternError
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.library.conversations import KeptConversations
from app.library.ledger import Ledger
from app.ui.ask_presenter import AskPresenter
from app.ui.conversations_presenter import ConversationsPresenter
from app.ui.turn import Phase, Turn
from app.ui.wording import conversation_line, file_name
from app.ui.work import LaneName


class Screen:
    """What was shown last."""

    def __init__(self) -> None:
        self.entries: list[ConversationEntry] = []
        self.current: int | None = None
        self.turns: list[Turn] = []
        self.errors: list[LecternError] = []
        self.lost: list[LecternError] = []
        self.exported: list[Path] = []
        self.refresh: Callable[[], None] = lambda: None

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.entries]

    def show_conversations(self, entries: Sequence[ConversationEntry], current: int | None) -> None:
        self.entries, self.current = list(entries), current

    def show_exported(self, file: Path) -> None:
        self.exported.append(file)

    def show_error(self, error: LecternError) -> None:
        self.errors.append(error)

    def show_scope(self, _scope: Scope) -> None:
        """Show none."""

    def show_turn(self, turn: Turn) -> None:
        if turn not in self.turns:
            self.turns.append(turn)

    def show_conversation(self, turns: Sequence[Turn]) -> None:
        self.turns = list(turns)
        self.refresh()

    def show_kept(self) -> None:
        self.refresh()

    def show_not_kept(self, fault: LecternError) -> None:
        self.lost.append(fault)


class Window:
    """Both presenters over real conversations, without Qt."""

    def __init__(self, services: ScriptedServices) -> None:
        self.services = services
        self.jobs = LaterJobs()
        self.screen = Screen()
        self.answers = AskPresenter(self.jobs, self.screen, lambda _asking: None)
        self.list = ConversationsPresenter(self.jobs, self.screen, self.answers, lambda page: page.encode())
        self.screen.refresh = self.list.refresh
        self.answers.open(services.conversations)
        self.list.open(services.library.conversations)
        self.jobs.work()

    def marked(self) -> int | None:
        """Return the id of the conversation that is marked in the list."""
        return self.screen.current

    def ask(self, question: str) -> None:
        assert self.answers.ask(question)
        self.jobs.work()


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield Window(ScriptedServices(ScriptedLibrary(KeptConversations(ledger))))
    ledger.close()


def test_every_question_is_kept_in_the_conversation_that_is_shown(window: Window) -> None:
    assert window.screen.entries == []
    window.ask("One?")
    window.ask("Two?")
    assert [(entry.name, entry.turns) for entry in window.screen.entries] == [("One?", 2)]
    assert window.marked() == window.answers.conversation == window.screen.entries[0].id
    window.list.begin()
    window.jobs.work()
    assert (window.screen.turns, window.marked()) == ([], None)
    assert window.screen.names == ["One?"]  # one without a question is none
    window.ask("Three?")
    assert window.screen.names == ["Three?", "One?"]


def test_an_old_one_is_shown_as_it_was_and_gone_on_with(window: Window) -> None:
    window.services.answerer.thoughts = ("Hm, ", "or not?")
    window.ask("One?")
    (shown,) = window.answers.turns
    window.list.begin()
    window.ask("Other?")
    old = window.screen.entries[1]
    window.list.choose(old.id)
    window.jobs.work()
    (again,) = window.screen.turns
    assert (again.question, again.phase, again.thoughts) == ("One?", Phase.DONE, "Hm, or not?")
    assert (again.quotes, again.claims, again.withheld) == (shown.quotes, shown.claims, shown.withheld)
    assert again.quotes[0].text == QUOTE
    assert (again.model_found, again.not_found) == (shown.model_found, shown.not_found)
    window.ask("Two?")
    assert [(entry.name, entry.turns) for entry in window.screen.entries] == [("One?", 2), ("Other?", 1)]


def test_words_find_and_the_last_words_count(window: Window) -> None:
    window.ask("Who carries the key?")
    window.list.begin()
    window.ask("When is supper?")
    window.list.search("key")
    window.list.search("supper")
    window.jobs.queued.reverse()
    window.jobs.work()
    assert window.screen.names == ["When is supper?"]
    window.list.search("")
    window.jobs.work()
    assert len(window.screen.names) == 2


def test_another_conversation_stops_the_answer_which_is_kept_so(window: Window) -> None:
    window.ask("One?")
    first = window.answers.conversation
    assert first is not None
    window.list.begin()

    def open_first(cancel: CancelToken) -> None:
        window.list.choose(first)
        window.jobs.work(LaneName.PROBE)
        assert cancel.cancelled

    window.services.answerer.meanwhile = open_first
    window.ask("Two?")
    assert [turn.question for turn in window.screen.turns] == ["One?"]
    assert window.answers.conversation == first
    assert not window.answers.busy
    stopped = window.screen.entries[0]
    window.list.choose(stopped.id)
    window.jobs.work()
    assert window.screen.turns[0].phase is Phase.STOPPED
    assert window.screen.turns[0].quotes[0].text == QUOTE


def test_rename_and_remove(window: Window) -> None:
    window.ask("One?")
    (entry,) = window.screen.entries
    window.list.rename(entry.id, "The key")
    window.jobs.work()
    assert window.screen.names == ["The key"]
    window.list.rename(entry.id, "  ")
    window.list.remove(entry.id)
    window.jobs.work()
    assert (window.screen.entries, window.screen.turns, window.answers.conversation) == ([], [], None)
    window.list.remove(entry.id)
    window.jobs.work()
    assert "no conversation" in str(window.screen.errors[0])


def test_the_one_that_is_being_answered_can_be_removed(window: Window) -> None:
    window.ask("One?")
    (entry,) = window.screen.entries
    window.services.answerer.meanwhile = lambda _cancel: window.list.remove(entry.id)
    window.ask("Two?")
    assert (window.screen.entries, window.screen.turns, window.answers.conversation) == ([], [], None)
    assert window.screen.errors == window.screen.lost == []


def test_it_is_exported(window: Window, tmp_path: Path) -> None:
    window.list.export(None, tmp_path / "a.md")
    assert "nothing to export" in str(window.screen.errors.pop())
    window.ask("One?")
    for name, begins in (("a.md", "# One?"), ("a.html", "<!DOCTYPE"), ("a.pdf", "<!DOCTYPE")):
        (tmp_path / name).write_text("before")
        window.list.export(None, tmp_path / name)
        window.jobs.work()
        assert (tmp_path / name).read_text().startswith(begins)
    assert window.screen.exported == [tmp_path / "a.md", tmp_path / "a.html", tmp_path / "a.pdf"]
    window.list.export(None, tmp_path / "no" / "a.md")
    window.jobs.work()
    assert "cannot be written" in str(window.screen.errors.pop())


def test_an_answer_that_cannot_be_kept_is_shown_and_said_to_be_lost(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> int:
        raise EnvironmentFault("The disk is full.")

    monkeypatch.setattr(KeptConversations, "keep", full)
    window.ask("One?")
    assert window.screen.turns[0].phase is Phase.DONE
    assert window.screen.turns[0].quotes[0].text == QUOTE
    assert [str(fault) for fault in window.screen.lost] == ["The disk is full."]
    assert window.answers.conversation is None


def test_a_line_about_a_conversation_and_a_name_for_its_file() -> None:
    moment = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert conversation_line(ConversationEntry(1, "x", moment, moment, 1)).endswith("·  1 question")
    assert file_name('Who is "A/B": <a> or\\b?') == "Who is A B a or b"
    assert file_name("...") == file_name("") == "Conversation"
