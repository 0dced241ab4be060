"""What the list of conversations does, without Qt."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from app.domain.conversations import Conversation, ConversationEntry
from app.domain.errors import LecternError, UsageFault
from app.ui.work import JobRunner, LaneName


class Kept(Protocol):
    """The conversations that are kept; see `app.library.conversations.KeptConversations`."""

    def entries(self, words: str = "") -> list[ConversationEntry]:
        """List those that have these words, newest first."""
        ...

    def conversation(self, conversation: int) -> Conversation:
        """Return one with its turns."""
        ...

    def rename(self, conversation: int, name: str) -> None:
        """Give one another name."""

    def remove(self, conversation: int) -> None:
        """Remove one."""


class Shown(Protocol):
    """The conversation that is shown; see `app.ui.ask_presenter.AskPresenter`."""

    @property
    def conversation(self) -> int | None:
        """Its id; None = nothing of it is kept."""

    def begin(self, conversation: Conversation | None = None) -> None:
        """Show another, or a new one."""


class ConversationsScreen(Protocol):
    """What the presenter shows things on."""

    def show_conversations(self, entries: Sequence[ConversationEntry], current: int | None) -> None:
        """List conversations; ``current`` is the id of the one that is shown."""

    def show_exported(self, file: Path) -> None:
        """Tell that a conversation was written to a file."""

    def show_error(self, error: LecternError) -> None:
        """Say what went wrong."""


class ConversationsPresenter:
    """Lists, opens, renames, removes and exports conversations. One thread: the window's.

    Args:
        jobs: runs what takes time.
        screen: shows things.
        shown: the conversation in the middle of the window.
        print_pdf: makes a PDF of a page of HTML; any thread may call it.
    """

    def __init__(
        self, jobs: JobRunner, screen: ConversationsScreen, shown: Shown, print_pdf: Callable[[str], bytes]
    ) -> None:
        self._jobs = jobs
        self._screen = screen
        self._shown = shown
        self._print_pdf = print_pdf
        self._kept: Kept | None = None
        self._words = ""
        self._asked = 0

    def open(self, kept: Kept) -> None:
        """Begin with the conversations of a library."""
        self._kept = kept
        self.refresh()

    def search(self, words: str) -> None:
        """List those that have these words only; all where there are none."""
        self._words = words
        self.refresh()

    def refresh(self) -> None:
        """List them again."""
        kept, words = self._kept, self._words
        if kept is None:
            return
        self._asked += 1
        asked = self._asked
        self._jobs.run(
            LaneName.PROBE,
            lambda: kept.entries(words),
            lambda entries: self._listed(asked, entries),
            self._screen.show_error,
        )

    def begin(self) -> None:
        """Begin a new conversation."""
        self._shown.begin()

    def choose(self, conversation: int) -> None:
        """Show one."""
        kept = self._kept
        if kept is not None and conversation != self._shown.conversation:
            self._jobs.run(LaneName.PROBE, lambda: kept.conversation(conversation), self._shown.begin, self._failed)

    def rename(self, conversation: int, name: str) -> None:
        """Give one another name; an empty one changes nothing."""
        kept = self._kept
        if kept is not None and name.strip():
            self._jobs.run(LaneName.PROBE, lambda: kept.rename(conversation, name), self._changed, self._failed)

    def remove(self, conversation: int) -> None:
        """Remove one; if it is shown, a new one begins."""
        kept = self._kept
        if kept is None:
            return
        if conversation == self._shown.conversation:
            self._shown.begin()
        # After the answer that is being made, which belongs to it.
        self._jobs.run(LaneName.MODEL, lambda: kept.remove(conversation), self._changed, self._failed)

    def export(self, conversation: int | None, file: Path) -> None:
        """Write one to a file, in the place of what is there; None = the one that is shown."""
        kept = self._kept
        wanted = conversation if conversation is not None else self._shown.conversation
        if kept is None or wanted is None:
            self._screen.show_error(UsageFault("There is nothing to export yet.", "Ask a question first."))
            return
        self._jobs.run(
            LaneName.PROBE,
            lambda: _write(kept, wanted, file, self._print_pdf),
            lambda _: self._screen.show_exported(file),
            self._screen.show_error,
        )

    def _listed(self, asked: int, entries: list[ConversationEntry]) -> None:
        # Other words may have been typed meanwhile.
        if asked == self._asked:
            self._screen.show_conversations(entries, self._shown.conversation)

    def _changed(self, _nothing: None) -> None:
        self.refresh()

    def _failed(self, error: LecternError) -> None:
        self._screen.show_error(error)
        self.refresh()


def _write(kept: Kept, conversation: int, file: Path, print_pdf: Callable[[str], bytes]) -> None:
    from app.answering.export.files import write

    write(kept.conversation(conversation), file, print_pdf, replace=True)
