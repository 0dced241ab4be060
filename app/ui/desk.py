"""Where presenters and views meet: what happens in the window, in what order."""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from app import __version__
from app.domain.answers import Citation
from app.domain.documents import DocumentEntry, Skipped
from app.domain.english import count
from app.domain.errors import LecternError
from app.domain.scope import Scope
from app.ui.actions import Deeds, add_menus
from app.ui.ask_presenter import AskPresenter
from app.ui.bridge import Bridge, Sampler
from app.ui.conversations_desk import ConversationsDesk
from app.ui.library_presenter import LibraryPresenter, WorkState
from app.ui.listing import NO_LISTING, Changes, Listing
from app.ui.main_window import MainWindow
from app.ui.models_desk import ModelsDesk
from app.ui.models_presenter import is_model
from app.ui.notice_bar import NoticeBar
from app.ui.report_dialog import ReportDialog
from app.ui.scope_choices import choices
from app.ui.source_presenter import SourcePresenter
from app.ui.theme import Appearance, Theme
from app.ui.turn import Turn, as_text
from app.ui.window_state import WindowState
from app.ui.wording import name_of
from app.ui.work import LaneName, ProgramFault

if TYPE_CHECKING:
    from app.services import Services

POLL_MS = 400
DRAIN_MS = 30
CLOSING_NOTE_MS = 200
CLOSING_SECONDS = 20.0


class Desk(QObject):
    """Opens the services, hands what users do to the presenters, and what presenters show to the views."""

    opened = Signal()
    ended = Signal(bool)
    """The window is closed; False when work did not end in time."""

    def __init__(self, folder: Path, open_services: "Callable[[Path], Services]", theme: Theme, log_file: Path) -> None:
        super().__init__()
        self.window = MainWindow(theme)
        self.bridge = Bridge(self)
        self.library = LibraryPresenter(self.bridge, self)
        self.answers = AskPresenter(self.bridge, self, self._set_asking)
        self.conversations = ConversationsDesk(self.window, self.bridge, self.answers, self.show_error, self)
        self.sources = SourcePresenter(self.bridge, self.window.source)
        self.models = ModelsDesk(self.window, self.bridge, self.answers, self.library.process, self.show_error, self)
        self.services: Services | None = None
        self._folder = folder
        self._open_services = open_services
        self._theme = theme
        self._log_file = log_file
        self._state = WindowState(folder)
        self._opening = False
        self._closing = False
        self._sampler = Sampler(self.library.slot, self)
        self._sampler.progressed.connect(self.window.strip.show_progress)
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self.library.poll)
        self._drain = QTimer(self, interval=DRAIN_MS)
        self._drain.timeout.connect(self.answers.drain)
        theme.choose(self._state.appearance)
        self._connect()
        self._state.restore(self.window, self.window.panes)

    def open(self) -> None:
        """Open the library off the window's thread, and begin, the first time this is called."""
        if self._opening:
            return
        self._opening = True
        self.bridge.run(LaneName.INDEX, self._open_in_lane, self._begin, self._cannot_open)

    def show_changes(self, changes: Changes, listing: Listing) -> None:
        """Bring the library pane up to date."""
        self.window.library.show_changes(changes, listing)
        if listing.entries:
            self.window.welcome.show_documents(listing.documents)
        else:
            self.window.welcome.show_empty()

    def show_work(self, state: WorkState, waiting: int) -> None:
        """Say what the library is busy with."""
        self._sampler.set_running(self.library.busy)
        if state is WorkState.IDLE:
            _spare_long_lived()
            self.models.look_again()
        self.window.strip.show_work(state, waiting)

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Tell quietly that files were skipped."""
        words = f"{count(len(skipped), 'file')} {'was' if len(skipped) == 1 else 'were'} skipped."
        self._notify(NoticeBar(words, "See which and why", lambda: self._report(skipped)))

    def show_turn(self, turn: Turn) -> None:
        """Show a question with what is known of its answer."""
        listing = self.library.listing
        turn.no_documents |= turn.running and listing is not NO_LISTING and not listing.entries
        self.window.conversation.show_turn(turn)
        if isinstance(turn.error, ProgramFault):
            self._apologise(turn.error)

    def show_conversation(self, turns: Sequence[Turn]) -> None:
        """Show another conversation."""
        self.conversations.show_conversation(turns)

    def show_kept(self) -> None:
        """List the conversation to which a turn was added."""
        self.conversations.show_kept()

    def show_not_kept(self, fault: LecternError) -> None:
        """Say that an answer is shown, and could not be kept."""
        self.conversations.show_not_kept(fault)

    def show_scope(self, scope: Scope) -> None:
        """Say which documents are searched for the next question, which is written next."""
        self.window.conversation.scope.show_scope(scope)
        self.window.conversation.question.field.setFocus()

    def show_error(self, error: LecternError) -> None:
        """Say what went wrong: a mistake of the program in a dialog, anything else calmly."""
        if isinstance(error, ProgramFault):
            self._apologise(error)
        else:
            self._notify(NoticeBar(str(error)))

    def close(self) -> None:
        """End the work off the window's thread, then close the window."""
        if self._closing:
            return
        self._closing = True
        for timer in (self._poll, self._drain):
            timer.stop()
        self._state.save(self.window, self.window.panes)
        QTimer.singleShot(CLOSING_NOTE_MS, self.window.show_closing)
        self.bridge.close(self._cancel_all, self._close_services, self._closed, CLOSING_SECONDS)

    def _open_in_lane(self) -> "Services":
        # Kept at once, so that a window which is closed meanwhile still closes them.
        self.services = self._open_services(self._folder)
        return self.services

    def _cancel_all(self) -> None:
        self.library.stop()
        self.answers.stop()
        self.models.stop()

    def _close_services(self) -> None:
        if self.services is not None:
            self.services.close()

    def _begin(self, services: "Services") -> None:
        if self._closing:
            return
        self.models.open(services.models)
        for notice in services.notices:
            self._notify(NoticeBar(f"{notice.summary} {notice.remedy}".strip()))
        _spare_long_lived()
        self.sources.open(services.library)
        self.answers.open(services.conversations)
        self.conversations.open(services.library.conversations)
        self.library.open(services.library)
        self._poll.start()
        self.opened.emit()

    def _cannot_open(self, error: LecternError) -> None:
        self.window.welcome.show_fault(error)
        self.window.side.hide()
        self.window.conversation.question.setEnabled(False)
        self.window.conversation.scope.setEnabled(False)
        self.answers.fail(error)
        self.library.fail(error)
        if isinstance(error, ProgramFault):
            self._apologise(error)

    def _closed(self, in_time: bool) -> None:
        self.window.close_now()
        self.ended.emit(in_time)

    def _connect(self) -> None:
        window = self.window
        window.close_wanted.connect(self.close)
        window.paths_dropped.connect(self._take)
        for adder in (window.library, window.welcome):
            adder.add_folder_wanted.connect(window.ask_for_folder)
        window.welcome.add_files_wanted.connect(window.ask_for_files)
        window.library.opened.connect(self._show_document)
        window.library.reason_wanted.connect(lambda entry: self._report(_as_skipped(entry)))
        window.library.erase_wanted.connect(self._erase)
        window.library.scope_wanted.connect(self.answers.choose)
        window.library.ask_wanted.connect(self._ask_about)
        window.conversation.scope.chosen.connect(self.answers.choose)
        window.conversation.scope.menu_wanted.connect(self._show_choices)
        window.conversation.question.asked.connect(self.answers.ask)
        window.conversation.question.typed.connect(self.answers.warm_up)
        window.conversation.question.stop_wanted.connect(self.answers.stop)
        window.conversation.as_typed_wanted.connect(lambda question: self.answers.ask(question, as_typed=True))
        window.conversation.citation_opened.connect(self._show_citation)
        window.source.page_wanted.connect(self.sources.turn_to)
        window.source.closed.connect(window.source.hide)
        window.strip.pause_wanted.connect(self.library.pause)
        window.strip.resume_wanted.connect(self.library.resume)
        window.strip.stop_wanted.connect(self.library.stop)
        add_menus(window, self._deeds(), self._state.appearance)

    def _take(self, paths: list[Path]) -> None:
        """Take what was dropped: models to the models, everything else to the library."""
        models = [path for path in paths if is_model(path)]
        for path in models:
            self.models.presenter.bring_in(path)
        documents = [path for path in paths if path not in models]
        if documents:
            self.library.add(documents)

    def _deeds(self) -> Deeds:
        window = self.window
        return Deeds(
            add_folder=window.ask_for_folder,
            add_files=window.ask_for_files,
            show_report=lambda: self._report(self.library.skipped),
            close=window.close,
            copy_answer=self._copy_answer,
            stop_answer=self.answers.stop,
            go_to_question=window.conversation.question.field.setFocus,
            begin_conversation=self.conversations.begin,
            choose_scope=self._show_choices,
            list_places=self._list_places,
            go_to_search=window.side.go_to_search,
            export_conversation=self.conversations.export,
            go_to_filter=window.side.go_to_filter,
            next_page=lambda: window.source.turn(1),
            previous_page=lambda: window.source.turn(-1),
            zoom=window.source.zoom,
            close_source=window.source.hide,
            show_models=self.models.show_dialog,
            choose_appearance=self._choose,
            about=self._about,
        )

    def _show_choices(self) -> None:
        selected = self.window.library.selected
        self.window.conversation.scope.show_menu(choices(self.answers.scope, self.library.listing, selected))

    def _ask_about(self, question: str, scope: Scope) -> None:
        if not self.answers.busy:
            self.answers.choose(scope)
            self.answers.ask(question)

    def _list_places(self) -> None:
        self.window.conversation.question.surround('Where is "', '" mentioned?')

    def _set_asking(self, asking: bool) -> None:
        self.models.qualification.step_aside(asking)
        if asking:
            self._drain.start()
        else:
            self._drain.stop()

    def _show_citation(self, citation: Citation) -> None:
        self.window.source.show()
        self.sources.show_citation(citation)

    def _show_document(self, entry: DocumentEntry) -> None:
        if entry.pages:
            self.window.source.show()
            self.sources.show_document(entry)

    def _erase(self, entry: DocumentEntry) -> None:
        question = QMessageBox(QMessageBox.Icon.Question, "Remove from the library", "", parent=self.window)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(f"Remove {name_of(entry.path)} from the library?")
        question.setInformativeText("Its text is erased from the library for good. The file itself stays where it is.")
        remove = question.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
        question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
        question.buttonClicked.connect(lambda button: self.library.erase(entry.path) if button is remove else None)
        question.open()

    def _report(self, skipped: Sequence[Skipped]) -> None:
        ReportDialog(skipped, self.window).open()

    def _copy_answer(self) -> None:
        answered = [turn for turn in self.answers.turns if turn.answered]
        if answered:
            QGuiApplication.clipboard().setText(as_text(answered[-1]))

    def _choose(self, appearance: Appearance) -> None:
        self._theme.choose(appearance)
        self._state.appearance = appearance

    def _about(self) -> None:
        text = (
            f"Lectern {__version__}\n\nAsk your documents, and see the page every sentence of the answer came from. "
            "Everything stays on this computer."
        )
        QMessageBox(QMessageBox.Icon.NoIcon, "About Lectern", text, parent=self.window).open()

    def _notify(self, notice: NoticeBar) -> None:
        self.window.conversation.add_notice(notice)

    def _apologise(self, fault: ProgramFault) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "Lectern", fault.summary, parent=self.window)
        box.setInformativeText(f"{fault.remedy}\nWhat happened is written down in {self._log_file}.")
        box.setDetailedText(fault.detail)
        box.open()


def _spare_long_lived() -> None:
    """Keep the garbage collector from walking through what stays for good.

    With Chroma loaded that is 60 ms at each full collection, on whatever thread, while every other one stands still.
    """
    gc.freeze()


def _as_skipped(entry: DocumentEntry) -> list[Skipped]:
    return [Skipped(entry.path, entry.reason, entry.detail)]
