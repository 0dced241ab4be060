"""Seconds from process start until the window is painted and answers input, and its memory, beside a bare window's.

python tests/bench/start.py [--runs N] [--library DIR]

Both are started in turns, a process each, on the platform that QT_QPA_PLATFORM names (``xcb`` under Xvfb for a real
window). A start is over when the window has been painted and a key that was typed into it shows. The first start of
Lectern, which makes the library, is left out.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPlainTextEdit

ROOT = Path(__file__).parents[2]
BEGAN = "BENCH_START_BEGAN"
BAR_SECONDS = 1.0
BAR_MEGABYTES = 250


def start_bare() -> None:
    """Show an empty window with a field, and nothing else."""
    from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

    application = QApplication([])
    window = QMainWindow()
    field = QPlainTextEdit()
    window.setCentralWidget(field)
    field.setFocus()
    window.show()
    watch(field)
    application.exec()


def start_lectern(folder: Path) -> None:
    """Start the program as ``python -m app`` does, and watch it from inside."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.ui import desk
    from app.ui.main_window import MainWindow

    def look() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow):
                watch(widget.conversation.question.field)

    class WatchedWindow(MainWindow):
        """Is looked at once the event loop runs."""

        def show(self) -> None:
            super().show()
            QTimer.singleShot(0, look)

    from app.__main__ import main

    sys.argv = ["lectern", "--library", str(folder)]
    with patch.object(desk, "MainWindow", WatchedWindow):
        main()


def watch(field: "QPlainTextEdit") -> None:
    """Type a letter once the field is painted; when it shows, write down time and memory, and end the process."""
    from PySide6.QtCore import QEvent, QObject, Qt, QTimer
    from PySide6.QtTest import QTest

    viewport = field.viewport()

    def report() -> None:
        assert field.toPlainText() == "w"
        # Started and read by the same clock, which is the machine's and not the process's.
        seconds = time.monotonic() - float(os.environ[BEGAN])
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": megabytes}) + "\n")
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    class Watch(QObject):
        """Counts paintings of the field."""

        paintings = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint:
                self.paintings += 1
                if self.paintings == 1:
                    QTimer.singleShot(0, lambda: QTest.keyClick(field, Qt.Key.Key_W))
                elif field.toPlainText():
                    QTimer.singleShot(0, report)
            return super().eventFilter(watched, event)

    viewport.installEventFilter(Watch(field))


def measured(arguments: list[str]) -> dict[str, float]:
    """Start a process and return what it wrote down."""
    command = [sys.executable, __file__, *arguments]
    settings = {**os.environ, BEGAN: str(time.monotonic()), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=settings, check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> int:
    """Measure, and say so; the exit status is 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--child", choices=("bare", "lectern"))
    options = parser.parse_args()
    if options.child == "bare":
        start_bare()
    elif options.child == "lectern":
        start_lectern(options.library)
    with tempfile.TemporaryDirectory() as folder:
        library = options.library or Path(folder)
        runs: dict[str, list[dict[str, float]]] = {"bare": [], "lectern": []}
        for _ in range(options.runs + 1):
            runs["bare"].append(measured(["--child", "bare"]))
            runs["lectern"].append(measured(["--child", "lectern", "--library", str(library)]))
    middle = {}
    for name, figures in runs.items():
        middle[name] = [statistics.median(run[key] for run in figures[1:]) for key in ("seconds", "megabytes")]
        slowest = max(run["seconds"] for run in figures[1:])
        print(f"{name:8} {middle[name][0]:.2f} s (slowest {slowest:.2f} s), {middle[name][1]:.0f} MB")
    seconds, megabytes = middle["lectern"]
    print(f"ratio    {seconds / middle['bare'][0]:.2f}, {megabytes / middle['bare'][1]:.2f}")
    print(f"bars     {BAR_SECONDS} s, {BAR_MEGABYTES} MB")
    return 0 if seconds < BAR_SECONDS and megabytes < BAR_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
