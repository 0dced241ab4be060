"""A child process that answers lines of JSON with lines of JSON, seen from its parent."""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from app.security import switches

Line = dict[str, Any]

_ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package `app`
_GLANCE = 0.02  # seconds between looks at the cancel token
_KEPT_LINES = 40  # of standard error


class ChildEnded(Exception):
    """The child is no more.

    Attributes:
        code: its exit code; on POSIX systems the negative number of the signal that ended it.
        output: the last lines it wrote to standard error.
        killed: by `ChildProcess.kill`, and not by itself or another.
    """

    def __init__(self, code: int, output: str, killed: bool) -> None:
        super().__init__(f"exit code {code}\n{output}".strip())
        self.code = code
        self.output = output
        self.killed = killed


class Talk:
    """The child's replies to one question."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._replies: SimpleQueue[Line | ChildEnded] = SimpleQueue()

    def put(self, reply: Line | ChildEnded) -> None:
        """Take in a reply, or that there will be none."""
        self._replies.put(reply)

    def next(self, cancel: CancelToken) -> Line:
        """Wait for the next reply.

        Raises:
            Cancelled: stop was asked for, seen within `_GLANCE`.
            ChildEnded: there will be no reply.
        """
        while not cancel.cancelled:
            reply = self.poll(_GLANCE)
            if reply is not None:
                return reply
        raise Cancelled

    def poll(self, seconds: float) -> Line | None:
        """Wait for the next reply for so long; None when none came.

        Raises:
            ChildEnded: there will be no reply.
        """
        try:
            reply = self._replies.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(reply, ChildEnded):
            raise reply
        return reply


class ChildProcess:
    """Starts ``python -m module`` and holds its pipes. Safe to use from any thread.

    The child gets this process's id as its argument and ``setup`` as its first line, which it answers with a line
    without ``id``. Every later line has an ``id``, and so has each reply to it.
    """

    def __init__(self, module: str, setup: Mapping[str, Any]) -> None:
        self._module = module
        self._setup = dict(setup)
        self._numbers = count(1)
        self._lock = Lock()
        self._writing = Lock()
        self._talks: dict[int, Talk] = {}
        self._greeting: Line | ChildEnded = {}
        self._greeted = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: ChildEnded | None = None
        self._killed = False
        # Linux ends the child with the *thread* that started it (`isolation.die_with_parent`). So that is a thread of
        # its own, which reads the replies and lives as long as the child.
        self._thread = Thread(target=self._live, name=f"child {module}", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the child is no more."""
        return self._ending is not None

    def memory(self) -> int:
        """Return the bytes of memory that it takes now; 0 when it is no more.

        On Linux what it shares with others is divided by their number (PSS).
        """
        import psutil

        with self._lock:
            process = self._process
        try:
            used = psutil.Process(process.pid).memory_full_info() if process is not None else None
        except psutil.Error:
            return 0
        return 0 if used is None else int(getattr(used, "pss", used.rss))

    def greeting(self, cancel: CancelToken) -> Line:
        """Wait for the child's answer to its setup and return it, however often asked.

        Raises:
            Cancelled: stop was asked for, seen within `_GLANCE`.
            ChildEnded: the child ended before it answered.
        """
        while not self._greeted.wait(_GLANCE):
            if cancel.cancelled:
                raise Cancelled
        if isinstance(self._greeting, ChildEnded):
            raise self._greeting
        return self._greeting

    def ask(self, question: Mapping[str, Any]) -> Talk:
        """Send a question; only after the greeting."""
        talk = Talk(next(self._numbers))
        with self._lock:
            if self._ending is not None:
                talk.put(self._ending)
            else:
                self._talks[talk.number] = talk
        self._send({**question, "id": talk.number})
        return talk

    def add(self, talk: Talk, line: Mapping[str, Any]) -> None:
        """Send another line about a question."""
        self._send({**line, "id": talk.number})

    def drop(self, talk: Talk) -> None:
        """Take no more replies to a question."""
        with self._lock:
            self._talks.pop(talk.number, None)

    def kill(self) -> None:
        """End the child at once, without waiting until it is gone. A second call does nothing."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()

    def join(self) -> None:
        """Wait until the child is gone."""
        self._thread.join()

    def _live(self) -> None:
        process = self._start()
        if isinstance(process, ChildEnded):
            self._finish(process)
            return
        output: deque[bytes] = deque(maxlen=_KEPT_LINES)
        listener = Thread(
            target=output.extend, args=(process.stderr or (),), name=f"errors of {self._module}", daemon=True
        )
        listener.start()
        self._send(self._setup)
        for data in process.stdout or ():
            # A killed child may leave half a line.
            if data.endswith(b"\n"):
                self._route(json.loads(data))
        code = process.wait()
        listener.join()
        with self._writing, suppress(OSError):
            process.communicate()
        self._finish(ChildEnded(code, b"".join(output).decode("utf-8", "replace").strip(), self._killed))

    def _start(self) -> "subprocess.Popen[bytes] | ChildEnded":
        with self._lock:
            if self._killed:
                return ChildEnded(0, "", killed=True)
            pipe = subprocess.PIPE
            try:
                # Run from the folder of `app`: the module is found wherever the user stands, and nothing that lies
                # there is imported.
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, and no shell
                    [sys.executable, "-m", self._module, str(os.getpid())],
                    stdin=pipe,
                    stdout=pipe,
                    stderr=pipe,
                    cwd=_ROOT,
                    env=switches.child_environment(),
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError as error:
                return ChildEnded(1, str(error), killed=False)
            return self._process

    def _send(self, line: Mapping[str, Any]) -> None:
        data = json.dumps(line).encode() + b"\n"
        # A broken pipe is an ended child, which the reading thread tells.
        with self._writing, suppress(OSError, ValueError):
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(data)
                self._process.stdin.flush()

    def _route(self, line: Line) -> None:
        number = line.get("id")
        if number is None:
            self._greeting = line
            self._greeted.set()
            return
        with self._lock:
            talk = self._talks.get(number)
        if talk is not None:
            talk.put(line)

    def _finish(self, ending: ChildEnded) -> None:
        with self._lock:
            self._ending = ending
            talks = list(self._talks.values())
            self._talks.clear()
        if not self._greeted.is_set():
            self._greeting = ending
            self._greeted.set()
        for talk in talks:
            talk.put(ending)
