"""Qualifies the model that writes, in the background, and steps aside while a question is answered. Without Qt."""

from typing import TYPE_CHECKING, Protocol

from app.domain.errors import LecternError
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.ui.work import JobRunner, LaneName

if TYPE_CHECKING:
    from app.services import ModelInUse, Models, Qualifying


class QualificationView(Protocol):
    """Shows that a model is being qualified, and what came of it."""

    def show_qualifying(self, running: bool) -> None:
        """Show that the model that writes is being asked, or is not any more."""

    def show_qualified(self) -> None:
        """Show what came of it."""

    def show_error_of_models(self, error: LecternError) -> None:
        """Say what went wrong with a model."""


class QualificationPresenter:
    """Has the built-in questions asked while nobody asks anything else. Use from the window's thread only.

    Attributes:
        slot: how far it is.
    """

    def __init__(self, runner: JobRunner, view: QualificationView) -> None:
        self.slot = ProgressSlot()
        self._runner = runner
        self._view = view
        self._models: Models | None = None
        self._writer = ""
        self._work: Qualifying | None = None
        self._asking = False
        self._aside = False
        self._cancel = CancelToken()

    @property
    def running(self) -> bool:
        """Whether a model is being qualified, or will be again after a question."""
        return self._work is not None

    def open(self, models: "Models") -> None:
        """Begin with the models of an open library."""
        self._models = models

    def follow(self, writer: "ModelInUse | None") -> None:
        """Take note of the model that writes. One that was brought in or chosen, and has no result, is qualified.

        Not so the stand-in: whoever keeps to it gets along without its sentences.
        """
        before, self._writer = self._writer, writer.id if writer else ""
        if self._writer == before:
            return
        self.stop()
        if writer is not None and writer.qualification is None and not writer.stand_in:
            self.start()

    def start(self) -> None:
        """Qualify the model that writes."""
        if self._models is not None and self._work is None:
            self._work = self._models.qualifying()
            self._go_on()

    def stop(self) -> None:
        """End it; what was asked is forgotten."""
        self._work = None
        self._cancel.cancel()
        if not self._asking:
            self._view.show_qualifying(False)

    def step_aside(self, aside: bool) -> None:
        """Leave the model to a question that is being answered, or go on after it."""
        self._aside = aside
        if aside:
            self._cancel.cancel()
        else:
            self._go_on()

    def _go_on(self) -> None:
        work = self._work
        if work is None or self._asking or self._aside:
            return
        cancel = self._cancel = CancelToken()
        self._asking = True
        self._view.show_qualifying(True)
        self._runner.run(
            LaneName.PROBE,
            lambda: work.run(self.slot, cancel),
            lambda kept: self._done(work, kept),
            lambda error: self._failed(work, error),
            self._stopped,
        )

    def _done(self, work: "Qualifying", kept: bool) -> None:
        self._forget(work)
        self._stopped()
        if kept:
            self._view.show_qualified()

    def _failed(self, work: "Qualifying", error: LecternError) -> None:
        self._forget(work)
        self._stopped()
        self._view.show_error_of_models(error)

    def _forget(self, work: "Qualifying") -> None:
        # Another may have begun to wait meanwhile.
        if self._work is work:
            self._work = None

    def _stopped(self) -> None:
        self._asking = False
        if self._work is None:
            self._view.show_qualifying(False)
        else:
            self._go_on()
