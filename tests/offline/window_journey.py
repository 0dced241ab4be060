"""Starts the window as a user does and then uses it: drops a folder, waits, asks, looks at sources, leaves it open.

``window_journey.py LIBRARY DOCUMENTS SECONDS``: ``SECONDS`` is how long the program lives at least, and half of that
after the answer, because a library may call home late. Writes a line of JSON about what happened; a journey that gets
stuck ends with exit status 4 and says where.
"""

import json
import os
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from real_documents import QUESTION

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

_STEP_SECONDS = 240
_LOOK_MS = 50

Step = tuple[str, Callable[[], bool]]


def _wait_for_application(documents: Path, seconds: float) -> None:
    """Wait off the window's thread until the program, not this file, has made the application; then join its loop."""
    while "app.ui.program" not in sys.modules:
        time.sleep(0.05)
    from PySide6.QtCore import QCoreApplication, QTimer

    while QCoreApplication.startingUp():
        time.sleep(0.05)
    time.sleep(0.5)
    application = QCoreApplication.instance()
    assert application is not None
    QTimer.singleShot(0, application, lambda: _begin(documents, seconds))


def _begin(documents: Path, seconds: float) -> None:
    from PySide6.QtCore import QCoreApplication, QTimer

    steps = _journey(documents, seconds)
    words, reached = next(steps)
    until = time.monotonic() + _STEP_SECONDS
    timer = QTimer(QCoreApplication.instance(), interval=_LOOK_MS)

    def look() -> None:
        nonlocal words, reached, until
        with ExitStack() as stuck:
            stuck.callback(_give_up, words)
            while reached():
                words, reached = next(steps, ("the window closes", lambda: False))
                until = time.monotonic() + _STEP_SECONDS
            if time.monotonic() < until:
                stuck.pop_all()

    timer.timeout.connect(look)
    timer.start()


def _give_up(words: str) -> None:
    if sys.exc_info()[0] is not None:
        traceback.print_exc()
    sys.stdout.write(f"Stuck while waiting until {words}.\n")
    sys.stdout.flush()
    os._exit(4)


def _journey(documents: Path, seconds: float) -> Iterator[Step]:
    """Use the window. Every step says what it waits for."""
    from PySide6.QtWidgets import QApplication

    from app.domain.documents import DocumentEntry, DocumentState
    from app.security import egress
    from app.ui.main_window import MainWindow
    from app.ui.two_line_delegate import ENTRY_ROLE

    began, long_open = time.monotonic(), _after(seconds)
    yield "the window is open", lambda: any(isinstance(window, MainWindow) for window in QApplication.topLevelWidgets())
    window = next(window for window in QApplication.topLevelWidgets() if isinstance(window, MainWindow))
    yield "the window is shown", window.isVisible
    _drop(window, documents)
    files = sum(path.is_file() for path in documents.rglob("*"))

    def entries() -> list[DocumentEntry]:
        model = window.library.model
        found = []
        for row in range(model.rowCount()):
            collection = model.item(row)
            found += [collection.child(number).data(ENTRY_ROLE) for number in range(collection.rowCount())]
        return found

    yield (
        "every document is indexed",
        lambda: [entry.state for entry in entries()] == [DocumentState.INDEXED] * files,
    )
    window.conversation.question.field.setPlainText(QUESTION)
    window.conversation.question.button.click()
    yield "the question is taken", lambda: bool(window.conversation.turns)
    turn, _ = window.conversation.turns[-1]
    yield "the answer is complete", lambda: not turn.running
    long_answered = _after(seconds / 2)
    quotes = [quote.text for quote in turn.quotes]
    if turn.quotes:
        window.conversation.citation_opened.emit(turn.quotes[0].marks[0].citation)
        yield "the source is shown", window.source.isVisible
    one_of_each = {Path(entry.path).suffix: entry for entry in entries()}
    for entry in one_of_each.values():
        window.library.opened.emit(entry)
        yield "a document was looked at", _after(1)
    yield "enough time has passed", lambda: long_open() and long_answered()
    report = egress.report()
    sys.stdout.write(
        json.dumps(
            {
                "documents": files,
                "quotes": quotes,
                "model_answered": turn.model_found is not None,
                "error": str(turn.error or ""),
                "refused": [f"{attempt.event} {attempt.target}" for attempt in report.latest],
                "formats": sorted(one_of_each),
                "seconds": time.monotonic() - began,
            }
        )
        + "\n"
    )
    sys.stdout.flush()
    window.close()


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def _drop(window: "MainWindow", folder: Path) -> None:
    """Drop a folder on the middle of the window, as a file manager would."""
    from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QApplication

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    middle = QPointF(window.rect().center())
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(middle.toPoint(), *how), QDropEvent(middle, *how)):
        QApplication.sendEvent(window, event)


if __name__ == "__main__":
    library, folder, least = sys.argv[1:]
    threading.Thread(target=_wait_for_application, args=(Path(folder), float(least)), daemon=True).start()
    sys.argv = ["lectern", "--library", library]
    runpy.run_module("app", run_name="__main__", alter_sys=True)
