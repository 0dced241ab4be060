"""Start the window: paint first, then open the library."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import __version__
from app.ui.desk import Desk
from app.ui.theme import Theme
from app.ui.work import ProgramFault

if TYPE_CHECKING:
    from app.services import Services

LOG_NAME = "lectern.log"
LOG_BYTES = 1_000_000
UNPAINTED_MS = 3_000
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""What names a screen, or says to do without."""
NO_SCREEN = 3
"""Exit code, as that of the commands where something on this machine is in the way."""
SWITCH_SECONDS = 0.001
"""How long a worker may run on while the window's thread wants its turn.

The interpreter's own 5 ms are waited at each of the many calls into Qt that one repaint makes.
"""

log = logging.getLogger(__name__)


def run(folder: Path, open_services: "Callable[[Path], Services]") -> int:
    """Show the window of the library in ``folder`` until it is closed, and return the exit code.

    ``open_services`` is called on a worker thread, after the first paint.
    """
    if sys.platform == "linux" and not any(map(os.environ.get, SCREENS)):
        # Qt would end the program with a report of its plugins.
        sys.stderr.write("There is no screen to show the window on. The commands need none: lectern --help\n")
        return NO_SCREEN
    sys.setswitchinterval(SWITCH_SECONDS)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Lectern")
    application.setApplicationVersion(__version__)
    application.setQuitOnLastWindowClosed(False)
    log_file = _open_log(folder)
    desk = Desk(folder, open_services, Theme(application), log_file)
    sys.excepthook = lambda kind, error, trace: _report_bug(desk, kind, error, trace)
    desk.ended.connect(lambda in_time: application.exit(0 if in_time else 1))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: desk.window.close())
    desk.window.painted.connect(desk.open)
    # A window that starts minimised is not painted.
    QTimer.singleShot(UNPAINTED_MS, desk.open)
    desk.window.show()
    late = application.exec() != 0
    if late:
        # A job did not end in time. The library is made to survive a kill; waiting for the thread could take for ever.
        logging.shutdown()
        os._exit(0)
    return 0


def _open_log(folder: Path) -> Path:
    log_file = folder / LOG_NAME
    handler: logging.Handler
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(log_file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError:
        # The library cannot be opened there either, and the window will say so.
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("app").addHandler(handler)
    return log_file


def _report_bug(desk: Desk, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("A mistake in the window", exc_info=(kind, error, trace))
    desk.show_error(ProgramFault("Lectern made a mistake.", "What you were doing may not have finished.", repr(error)))
