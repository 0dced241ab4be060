"""The only place where threads meet Qt: jobs go out to lanes, results come back on the window's thread."""

import logging
from collections.abc import Callable
from threading import Thread
from time import monotonic
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.domain.errors import Cancelled, LecternError
from app.jobs.lanes import Lane
from app.jobs.progress import Progress, ProgressSlot
from app.ui.work import LaneName, ProgramFault, nothing

T = TypeVar("T")

PROBES = 3
SAMPLE_MS = 100
log = logging.getLogger(__name__)


class Bridge(QObject):
    """Runs jobs on lanes (a `JobRunner`). Use from the window's thread only.

    A parent owns it, because the threads of the lanes hold it too: were one of them the last, Qt's part would be
    destroyed off the window's thread, in the midst of what that thread delivers to it.
    """

    _returned = Signal(object)
    _ended = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._lanes = {
            LaneName.INDEX: Lane("index"),
            LaneName.MODEL: Lane("model"),
            LaneName.PROBE: Lane("probe", PROBES),
        }
        self._closed = False
        self._returned.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        lane: LaneName,
        job: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[LecternError], None],
        stopped: Callable[[], None] = nothing,
    ) -> None:
        """Queue ``job``; see `JobRunner.run`. Nothing is called back once the bridge is closing."""
        if self._closed:
            return

        def work() -> None:
            if not self._closed:
                self._returned.emit(_outcome(job, done, failed, stopped))

        self._lanes[lane].submit(work)

    def close(
        self,
        cancel: Callable[[], None],
        then: Callable[[], None],
        ended: Callable[[bool], None],
        seconds: float,
    ) -> None:
        """Take no more jobs, ``cancel`` those that run, wait for them off the window's thread and call ``then`` there.

        Reports back by ``ended``, which gets False when all that was not done within ``seconds``.
        """
        self._closed = True
        self._ended.connect(ended, Qt.ConnectionType.QueuedConnection)
        cancel()
        deadline = monotonic() + seconds

        def wait() -> None:
            finisher.join(max(0.0, deadline - monotonic()))
            self._ended.emit(not finisher.is_alive())

        def finish() -> None:
            for lane in self._lanes.values():
                lane.close()
            try:
                then()
            except Exception:
                log.exception("The library could not be closed")

        finisher = Thread(target=finish, name="closing", daemon=True)
        finisher.start()
        Thread(target=wait, name="closing-watch", daemon=True).start()

    @Slot(object)
    def _call(self, callback: Callable[[], None]) -> None:
        callback()


class Sampler(QObject):
    """Looks at a `ProgressSlot` ten times a second while it is started."""

    progressed = Signal(object)

    def __init__(self, slot: ProgressSlot, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slot = slot
        self._seen = Progress()
        self._timer = QTimer(self, interval=SAMPLE_MS)
        self._timer.timeout.connect(self._sample)

    def set_running(self, running: bool) -> None:
        """Start or stop looking."""
        if running:
            self._timer.start()
        else:
            self._timer.stop()

    def _sample(self) -> None:
        latest = self._slot.latest()
        if latest is not self._seen:
            self._seen = latest
            self.progressed.emit(latest)


def _outcome(
    job: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[LecternError], None],
    stopped: Callable[[], None],
) -> Callable[[], None]:
    try:
        result = job()
    except Cancelled:
        return stopped
    except LecternError as error:
        fault = error
    except Exception as error:
        log.exception("A job failed")
        fault = ProgramFault("Lectern made a mistake.", "What you were doing may not have finished.", repr(error))
    else:
        return lambda: done(result)
    return lambda: failed(fault)
