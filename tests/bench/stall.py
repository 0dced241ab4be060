"""How long the window's thread keeps a user waiting while documents are taken in and questions are asked.

python tests/bench/stall.py ../shared/eval/cuad/pdfs [--copies N] [--worst N]

The real window (on the platform that QT_QPA_PLATFORM names) takes in the PDFs, answers questions meanwhile, opens
citations, scrolls and filters. A timer of 10 ms keeps the heart's beat; a gap between two beats is how long a click
would have waited. Where Linux tells how long the thread was ready while another one had the processor, that is shown
beside the gap and taken off: it is the machine's doing and not the window's. What a worker holds while it waits for a
processor itself cannot be told apart, so measure on a quiet machine. The exit status is 1 above the bar.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.security import switches

if TYPE_CHECKING:
    from app.ui.desk import Desk

switches.apply()

BEAT_MS = 10
BAR_MS = 100.0
LOOK_SECONDS = 0.4
QUESTIONS = (
    "What is the term of the agreement?",
    "Which law governs the agreement?",
    "How much is paid for the sponsorship?",
    "Who may terminate the agreement for convenience?",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """Milliseconds between two beats, those of them spent waiting for a processor, and what was going on."""

    wall: float
    waited: float
    at: float
    doing: str

    @property
    def own(self) -> float:
        """Milliseconds that the window itself is to blame for."""
        return self.wall - self.waited


class Heart:
    """Beats on the window's thread and keeps the gaps."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[Gap] = []
        self.doing = "start"
        self._began = self._last = time.perf_counter()
        self._waited = self._processor_wait()
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now, waited = time.perf_counter(), self._processor_wait()
        gap = Gap(1e3 * (now - self._last), 1e3 * (waited - self._waited), now - self._began, self.doing)
        self.gaps.append(gap)
        self._last, self._waited = now, waited

    @staticmethod
    def _processor_wait() -> float:
        """Seconds that this thread was ready to run and did not; Linux, `Documentation/scheduler/sched-stats`."""
        try:
            # Of the main thread: the file is read on it.
            text = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text("ascii")
        except OSError:
            return 0.0
        return int(text.split()[1]) / 1e9


def documents(source: Path, copies: int, folder: Path) -> int:
    """Copy the PDFs, each copy with bytes of its own, and return how many there are."""
    count = 0
    for copy in range(copies):
        for file in sorted(source.glob("*.pdf")):
            target = folder / f"{copy} {file.name}"
            shutil.copyfile(file, target)
            with target.open("ab") as stream:
                stream.write(f"\n% copy {copy}\n".encode())
            count += 1
    return count


def journey(source: Path, copies: int) -> list[Gap]:
    """Use the window as a busy clerk would, and return the gaps."""
    from PySide6.QtWidgets import QApplication

    from app.bootstrap import open_services
    from app.ui.desk import Desk
    from app.ui.library_presenter import WorkState
    from app.ui.program import SWITCH_SECONDS
    from app.ui.theme import Theme

    sys.setswitchinterval(SWITCH_SECONDS)
    application = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "documents")
        folder.mkdir()
        count = documents(source, copies, folder)
        opener = partial(open_services, models=Path(place, "models"))
        desk = Desk(Path(place, "library"), opener, Theme(application), Path(place, "log"))

        def until(reached: Callable[[], bool]) -> None:
            while not reached():
                application.processEvents()
                time.sleep(0.001)

        desk.window.painted.connect(desk.open)
        desk.window.show()
        heart = Heart()
        until(lambda: desk.services is not None)
        heart.doing = "taking in"
        desk.library.add([folder])
        until(lambda: any(entry.pages for entry in desk.library.listing.entries.values()))
        _ask_and_look(desk, heart, until)
        heart.doing = "taking in"
        until(lambda: desk.library.state is WorkState.IDLE and desk.library.waiting == 0)
        assert len(desk.library.listing.entries) == count
        _ask_and_look(desk, heart, until)
        heart.doing = "closing"
        ended: list[bool] = []
        desk.ended.connect(ended.append)
        desk.window.close()
        until(lambda: bool(ended))
    return heart.gaps


def _ask_and_look(desk: "Desk", heart: Heart, until: Callable[[Callable[[], bool]], None]) -> None:
    """Ask, open what is cited, turn pages, filter."""
    window = desk.window
    for question in QUESTIONS:
        heart.doing = f"asking: {question}"
        window.conversation.question.asked.emit(question)
        until(lambda: not desk.answers.busy)
        turn = desk.answers.turns[-1]
        for mark in [mark for shown in turn.quotes for mark in shown.marks] + turn.nearest:
            heart.doing = f"opening page {mark.citation.page} of {Path(mark.citation.path).name}"
            window.conversation.citation_opened.emit(mark.citation)
            until(_after(LOOK_SECONDS))
            window.source.zoom(1)
            window.source.turn(1)
            until(_after(LOOK_SECONDS))
        heart.doing = "filtering"
        for text in ("agree", ""):
            window.library.filter.setText(text)
            until(_after(LOOK_SECONDS))


def _after(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def main() -> int:
    """Measure, and say so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--worst", type=int, default=8)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    gaps = sorted(journey(options.documents, options.copies), key=lambda gap: gap.own, reverse=True)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{len(gaps)} beats; {sum(gap.own > BAR_MS / 2 for gap in gaps)} gaps over {BAR_MS / 2:.0f} ms")
    print("   own  wall  (ms)  at (s)")
    for gap in gaps[: options.worst]:
        print(f"{gap.own:6.0f}{gap.wall:6.0f}{gap.at:14.1f}  {gap.doing}")
    print(f"bar: {BAR_MS:.0f} ms")
    return 0 if gaps[0].own <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(main())
