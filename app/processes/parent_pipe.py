"""The parent, seen from its child process: what it asks, and the way back.

Both are lines of JSON. The end of standard input, which is the end of the parent, ends the child at once, whatever it
is doing. Whatever goes wrong ends it too: the parent reads the reason from the tail of standard error.
"""

import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any

from app.security import isolation, switches

Line = dict[str, Any]


def _keep_all(_line: Line) -> bool:
    return False


class ParentPipe:
    """Holds both pipes; safe to use from any thread. Make it first of all: it raises the child's walls."""

    def __init__(self) -> None:
        """Take the parent's process id from the first argument."""
        switches.apply()
        isolation.die_with_parent(int(sys.argv[1]))
        isolation.forbid_core_dumps()
        isolation.forbid_network()
        # Ctrl+C in a terminal reaches the whole group: the parent decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        faulthandler.enable()
        sys.excepthook = _end
        threading.excepthook = lambda fault: _end(fault.exc_type, fault.exc_value or SystemExit(), fault.exc_traceback)
        # What native code prints goes to standard error; the pipe is for the protocol alone.
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._writing = Lock()
        self._lines: SimpleQueue[Line] = SimpleQueue()

    def listen(self, take: Callable[[Line], bool] = _keep_all) -> None:
        """Begin to listen. ``take`` gets each line at once, on the listening thread, and says whether it dealt with it.

        What it leaves waits for `next`.
        """
        Thread(target=self._listen, args=(take,), name="parent", daemon=True).start()

    def next(self) -> Line:
        """Wait for the next line."""
        return self._lines.get()

    def send(self, line: Line) -> None:
        """Send a line."""
        with self._writing:
            self._out.write(json.dumps(line).encode() + b"\n")
            self._out.flush()

    def _listen(self, take: Callable[[Line], bool]) -> None:
        for data in sys.stdin.buffer:
            line = json.loads(data)
            if not take(line):
                self._lines.put(line)
        # Not `sys.exit`: the main thread may be deep in native code.
        os._exit(0)


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write the traceback and be gone: the interpreter's own way out waits for the thread that reads standard input."""
    sys.__excepthook__(kind, error, trace)
    os._exit(1)
