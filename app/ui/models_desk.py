"""The models in the window: which are at work, their dialog, and what the one that writes did with known questions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.errors import LecternError
from app.ui.ask_presenter import AskPresenter
from app.ui.bridge import Bridge, Sampler
from app.ui.main_window import MainWindow
from app.ui.models_dialog import ModelsDialog
from app.ui.models_presenter import Listed, ModelsPresenter
from app.ui.models_wording import models_tip, models_words
from app.ui.notice_bar import NoticeBar
from app.ui.qualification_presenter import QualificationPresenter
from app.ui.work import ProgramFault

if TYPE_CHECKING:
    from app.services import ModelInUse, Models


class ModelsDesk(QObject):
    """Hands what users do with models to the presenters, and what presenters show to the views.

    Args:
        window: in which it all is.
        jobs: runs what takes time.
        answers: asks the questions that the models answer.
        learn_anew: see the attribute.
        show_error: says what went wrong.

    Attributes:
        dialog: where it is open.
        learn_anew: has the library learn the meaning of its documents with the model that is to find by meaning.
        in_use: which models are at work.
    """

    def __init__(
        self,
        window: MainWindow,
        jobs: Bridge,
        answers: AskPresenter,
        learn_anew: Callable[[], None],
        show_error: Callable[[LecternError], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.presenter = ModelsPresenter(jobs, self)
        self.qualification = QualificationPresenter(jobs, self)
        self.dialog: ModelsDialog | None = None
        self.learn_anew = learn_anew
        self.in_use: tuple[ModelInUse, ...] = ()
        self._window = window
        self._answers = answers
        self._show_error = show_error
        self._models: Models | None = None
        self._sampler = Sampler(self.presenter.slot, self)
        self._qualification_sampler = Sampler(self.qualification.slot, self)

    def open(self, models: "Models") -> None:
        """Begin with the models of an open library."""
        self._models = models
        self.qualification.open(models)
        self.show_in_use(models.in_use())
        self.presenter.open(models)
        self._refresh()

    def stop(self) -> None:
        """Stop what is being done with models."""
        self.presenter.stop()
        self.qualification.stop()

    def show_dialog(self) -> None:
        """Show which models there are."""
        if self.dialog is None:
            dialog = self.dialog = ModelsDialog(self._window)
            dialog.bring_wanted.connect(self.presenter.bring_in)
            dialog.connect_wanted.connect(self.presenter.connect)
            dialog.disconnect_wanted.connect(self.presenter.disconnect)
            dialog.use_wanted.connect(self.presenter.use)
            dialog.find_wanted.connect(self.presenter.find_with)
            dialog.remove_wanted.connect(self.presenter.remove)
            dialog.stop_wanted.connect(self.presenter.stop)
            dialog.qualify_wanted.connect(self.qualification.start)
            dialog.stop_qualifying_wanted.connect(self.qualification.stop)
            dialog.finished.connect(self._forget_dialog)
            self._sampler.progressed.connect(dialog.show_progress)
            self._qualification_sampler.progressed.connect(dialog.show_asked)
            dialog.show_qualifying(self.qualification.running)
            dialog.open()
        self.presenter.refresh()

    def look_again(self) -> None:
        """Show which model finds by meaning, where another has taken over."""
        if self._models is not None and self._models.in_use() != self.in_use:
            self.show_in_use(self._models.in_use())
            self._refresh()

    def show_models(self, listed: Listed) -> None:
        """Show the models at hand, where their dialog is open."""
        if self.dialog is not None:
            self.dialog.show_models(listed)

    def show_work_on_models(self, words: str) -> None:
        """Say what is being done with models; empty = nothing."""
        self._sampler.set_running(bool(words))
        if self.dialog is not None:
            self.dialog.show_work(words)

    def show_error_of_models(self, error: LecternError) -> None:
        """Say what went wrong with a model: in the dialog where that is open."""
        if self.dialog is None or isinstance(error, ProgramFault):
            self._show_error(error)
        else:
            self.dialog.show_error(error)

    def show_arrived(self, name: str, why: str) -> None:
        """Say that a model was brought in, and which one does its work now."""
        if self.dialog is None:
            notice = NoticeBar(f"{name} was brought in. {why}", "Show the models", self.show_dialog)
            self._window.conversation.add_notice(notice)

    def show_in_use(self, models: "Sequence[ModelInUse]") -> None:
        """Say which models are at work now."""
        self.in_use = tuple(models)
        self._window.conversation.show_models(models_words(models), models_tip(models))
        writer = next((model for model in models if model.kind == "generator"), None)
        self._answers.model_leads = writer is not None and writer.qualified
        self.qualification.follow(writer)

    def show_qualifying(self, running: bool) -> None:
        """Show that the model that writes is being asked questions with known answers, or is not any more."""
        self._qualification_sampler.set_running(running)
        if self.dialog is not None:
            self.dialog.show_qualifying(running)

    def show_qualified(self) -> None:
        """Show what the model that writes did in these questions."""
        if self._models is not None:
            self.show_in_use(self._models.in_use())
        self._refresh()

    def _refresh(self) -> None:
        if self.dialog is not None:
            self.presenter.refresh()

    def _forget_dialog(self) -> None:
        self.dialog = None
