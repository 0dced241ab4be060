"""Where the list of conversations meets the conversation that is shown."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from app.domain.conversations import ConversationEntry, name_for
from app.domain.errors import LecternError
from app.ui.ask_presenter import AskPresenter
from app.ui.conversations_presenter import ConversationsPresenter, Kept
from app.ui.main_window import MainWindow
from app.ui.notice_bar import NoticeBar
from app.ui.printing import print_pdf
from app.ui.turn import Turn
from app.ui.work import JobRunner


class ConversationsDesk(QObject):
    """Hands what users do with conversations to the presenters, and what presenters show to the views.

    Args:
        window: in which it all is.
        jobs: runs what takes time.
        answers: asks the questions of the conversation that is shown.
        show_error: says what went wrong.
    """

    def __init__(
        self,
        window: MainWindow,
        jobs: JobRunner,
        answers: AskPresenter,
        show_error: Callable[[LecternError], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.presenter = ConversationsPresenter(jobs, self, answers, print_pdf)
        self._window = window
        self._answers = answers
        self._show_error = show_error
        view = window.conversations
        view.searched.connect(self.presenter.search)
        view.chosen.connect(self.presenter.choose)
        view.begin_wanted.connect(self.begin)
        view.rename_wanted.connect(self.presenter.rename)
        view.remove_wanted.connect(self.presenter.remove)
        view.export_wanted.connect(self.presenter.export)

    def open(self, kept: Kept) -> None:
        """Begin with the conversations of a library."""
        self.presenter.open(kept)

    def begin(self) -> None:
        """Begin a new conversation, and let the user ask."""
        self.presenter.begin()
        self._window.conversation.question.field.setFocus()

    def export(self) -> None:
        """Let the user choose where the conversation that is shown is written to."""
        turns = self._answers.turns
        self._window.conversations.ask_for_file(None, name_for(turns[0].question) if turns else "")

    def show_conversation(self, turns: Sequence[Turn]) -> None:
        """Show another conversation."""
        self._window.conversation.show_conversation(turns)
        self.presenter.refresh()

    def show_kept(self) -> None:
        """List the conversation to which a turn was added."""
        self.presenter.refresh()

    def show_not_kept(self, fault: LecternError) -> None:
        """Say that an answer is shown, and could not be kept."""
        self._notify(f"This answer was not kept. {fault}")

    def show_conversations(self, entries: Sequence[ConversationEntry], current: int | None) -> None:
        """List the conversations."""
        self._window.conversations.show_conversations(entries, current)

    def show_exported(self, file: Path) -> None:
        """Say where a conversation was written to."""
        self._notify(f"The conversation was written to {file}.")

    def show_error(self, error: LecternError) -> None:
        """Say what went wrong."""
        self._show_error(error)

    def _notify(self, words: str) -> None:
        self._window.conversation.add_notice(NoticeBar(words))
