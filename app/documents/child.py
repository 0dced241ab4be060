"""The parser's child process, seen from its parent."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import BinaryIO, cast

from app.documents import wire
from app.documents.faults import Reason
from app.documents.limits import Limits
from app.domain.errors import EnvironmentFault
from app.security import switches

_ROOT = str(Path(__file__).resolve().parents[2])  # the folder that holds the package `app`
# `-I -S`: nothing in the environment, the working directory or the user's own packages decides what is imported. The
# child gets this process's search path instead, with no file in it that runs code at start.
_START = "import sys; sys.path[:] = sys.argv[3:]; from app.documents.worker import main; main()"
_PIPE_BYTES = 256 * 1024  # a document goes through in a few pieces; Linux only
_SIGNALS = {number.value: number.name for number in signal.Signals}
_START_SECONDS = 60.0
_END_SECONDS = 1.0


class ChildEnded(Exception):
    """The child is no more, or was not to be trusted any longer.

    Attributes:
        reason: what that means for the file in hand.
        detail: the technical cause.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class ParserChild:
    """A child process, started by and for one thread; `kill` and `expire` may be called from any.

    Linux ends the child with the *thread* that made this object (`isolation.die_with_parent`).

    Attributes:
        files: how many files were read by it.
        worn: it wants to be replaced.
    """

    def __init__(self, limits: Limits) -> None:
        """Start the process, and do not wait for it.

        Raises:
            EnvironmentFault: the system starts no process.
        """
        self.files = 0
        self.worn = False
        self.walls: tuple[str, ...] = ()
        self._limits = limits
        self._lock = Lock()
        self._deadline: float | None = None
        self._killed_for: Reason | None = None
        path = [_ROOT, *(entry for entry in sys.path if Path(entry).is_absolute() and entry != _ROOT)]
        command = [sys.executable, "-I", "-S", "-c", _START, str(os.getpid()), json.dumps(asdict(limits)), *path]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code, and no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pipesize=_PIPE_BYTES,
                env=switches.child_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise _cannot_start(str(error)) from error
        self._stdin = cast(BinaryIO, self._process.stdin)
        self._stdout = cast(BinaryIO, self._process.stdout)

    @property
    def process_id(self) -> int:
        """Of the child, as the system knows it."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is no more."""
        return self._process.poll() is not None

    def wait_until_ready(self) -> None:
        """Wait for the child's first word; at once when it was heard before.

        Raises:
            EnvironmentFault: the child does not come up.
        """
        if self.walls:
            return
        try:
            ready = self._hear(_START_SECONDS).get("ready")
        except ChildEnded as ended:
            raise _cannot_start(ended.detail) from ended
        self.walls = tuple(map(str, ready)) if isinstance(ready, list) and ready else ("none",)

    def ask(self, question: wire.Message) -> wire.Message:
        """Send a message and wait for the answer.

        Raises:
            ChildEnded: there is none in time, or it makes no sense. The child is dead then.
        """
        self.tell(question)
        answer = self._hear(self._limits.wall_seconds)
        self.worn = self.worn or answer.get("worn") is True
        return answer

    def tell(self, message: wire.Message) -> None:
        """Send a message that has no answer."""
        # A dead child is noticed, with the cause, where its answer is awaited.
        with suppress(OSError):
            wire.send(self._stdin, message)

    def expire(self) -> None:
        """Kill the child when the answer it owes is overdue."""
        with self._lock:
            if self._deadline is not None and monotonic() > self._deadline:
                self._killed_for = Reason.TIMEOUT
                self._process.kill()

    def kill(self) -> None:
        """End the child at once, whatever it is doing."""
        with self._lock:
            self._process.kill()

    def close(self) -> None:
        """End the child and give back its pipes and its entry in the process table."""
        self.kill()
        self._process.wait()
        self._stdout.close()
        # What could not be written before it ended cannot be written now.
        with suppress(OSError):
            self._stdin.close()

    def distrust(self, detail: str) -> ChildEnded:
        """Kill the child because what it says makes no sense; return what to raise."""
        self.kill()
        return ChildEnded(Reason.CRASHED, detail)

    def _hear(self, seconds: float) -> wire.Message:
        with self._lock:
            self._deadline = monotonic() + seconds
        try:
            answer = wire.receive(self._stdout)
        except wire.BadMessage:
            answer = None
        finally:
            with self._lock:
                self._deadline = None
        if answer is None:
            raise self._ending()
        return answer

    def _ending(self) -> ChildEnded:
        """Say why the child fell silent."""
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return self.distrust("It closed its pipe.")
        if self._killed_for:
            return ChildEnded(self._killed_for, f"No answer in {self._limits.wall_seconds:.0f} s.")
        if code >= 0:
            return ChildEnded(Reason.CRASHED, f"The child ended with code {code}.")
        name = _SIGNALS.get(-code, f"signal {-code}")
        if name == "SIGXCPU":
            return ChildEnded(Reason.TIMEOUT, f"It used more than {self._limits.cpu_seconds} s of processor time.")
        # Nobody here sends this one but above: it is how Linux ends a process when memory runs out.
        reason = Reason.MEMORY if name == "SIGKILL" else Reason.CRASHED
        return ChildEnded(reason, f"The child was ended by {name}.")


def _cannot_start(detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        "The process that reads documents does not start.",
        "Close other programs and try again; if that does not help, install Lectern anew.",
        detail,
    )
