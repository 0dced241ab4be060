"""The strip at the bottom: what is being done, how much of it, how fast, how long still."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.domain.english import count
from app.jobs.progress import Progress
from app.ui.elided_label import ElidedLabel
from app.ui.library_presenter import WorkState
from app.ui.wording import name_of, progress_words


class ProgressStrip(QFrame):
    """Hidden while nothing is being done."""

    pause_wanted = Signal()
    resume_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self._state = WorkState.IDLE
        self._stage = QLabel()
        self._figures = QLabel()
        self._figures.setProperty("look", "muted")
        self._item = ElidedLabel()
        self._item.setProperty("look", "muted")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName("Progress")
        self._pause = _button("Pause", "Let the work wait")
        self._pause.clicked.connect(self._pause_or_resume)
        self._stop = _button("Stop", "End the work; what is done is kept")
        self._stop.clicked.connect(self.stop_wanted)
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self._stage)
        line.addWidget(self._figures)
        line.addWidget(self._item, 1)
        line.addWidget(self._pause)
        line.addWidget(self._stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 12, 10)
        column.setSpacing(6)
        column.addLayout(line)
        column.addWidget(self._bar)
        self.setVisible(False)

    def show_work(self, state: WorkState, waiting: int) -> None:
        """Say what is being done; ``waiting`` files are left when it is stopped."""
        self._state = state
        self.setVisible(state is not WorkState.IDLE and (state is not WorkState.STOPPED or waiting > 0))
        self._stop.setVisible(state is not WorkState.STOPPED)
        self._stop.setEnabled(state is not WorkState.STOPPING)
        self._bar.setVisible(state is not WorkState.STOPPED)
        can_wait = state in (WorkState.RUNNING, WorkState.PAUSED, WorkState.STOPPED)
        self._pause.setVisible(can_wait)
        self._pause.setText("Pause" if state is WorkState.RUNNING else "Continue")
        words = {
            WorkState.LOOKING: "Looking for documents…",
            WorkState.PAUSED: "Paused",
            WorkState.STOPPING: "Stopping…",
            WorkState.STOPPED: f"Stopped. {count(waiting, 'document')} still to do.",
        }
        if state is not WorkState.RUNNING:
            self._stage.setText(words.get(state, ""))
        if state in (WorkState.LOOKING, WorkState.STOPPED, WorkState.IDLE):
            self.show_progress(Progress())

    def show_progress(self, progress: Progress) -> None:
        """Show where the work stands."""
        if self._state is WorkState.RUNNING:
            # A job without a stage is looking whether there is anything to do; the strip stays out of the way then.
            self.setVisible(bool(progress.stage))
            self._stage.setText(progress.stage)
        self._figures.setText(progress_words(progress))
        self._item.show_text(name_of(progress.item) if progress.item else "")
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)

    def _pause_or_resume(self) -> None:
        (self.pause_wanted if self._state is WorkState.RUNNING else self.resume_wanted).emit()


def _button(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setProperty("look", "link")
    button.setToolTip(tip)
    return button
