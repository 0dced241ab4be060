"""The child process that holds llama.cpp: reads questions from standard input, writes answers to standard output.

Both are lines of JSON. First comes the setup, ``{"model", "sha256", "context", "threads", "chat"}``, to which the child
says ``{"loaded": true}``, or ``{"changed": sha256}`` when the file is another one. Then, each with an ``id``:

- ``{"do": "count", "text"}`` gets ``{"id", "count"}``, also while an answer is being written;
- ``{"do": "generate", "messages", "max_tokens", "seed", "temperature"}`` gets ``{"id", "piece"}`` for each piece of
  text and then ``{"id", "end": true}``, or only ``{"id", "too_long": tokens}``;
- ``{"do": "stop"}`` ends the answer with that ``id`` early.

Whatever goes wrong ends the child; the parent reads the reason from the tail of standard error. The end of standard
input, which is the end of the parent, ends the child at once, whatever it is doing.
"""

import faulthandler
import json
import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, BinaryIO

from app.domain.messages import Message
from app.models.files import sha256_of
from app.models.runtimes.llama_cpp_engine import Engine
from app.security import isolation, switches

Line = dict[str, Any]


class _Wire:
    """The pipe to the parent. Safe to use from any thread."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = Lock()

    def send(self, line: Line) -> None:
        with self._lock:
            self._pipe.write(json.dumps(line).encode() + b"\n")
            self._pipe.flush()


class _Desk:
    """Takes what the parent sends while the main thread computes."""

    def __init__(self, incoming: BinaryIO, wire: _Wire) -> None:
        self.orders: SimpleQueue[Line] = SimpleQueue()
        self.engine: Engine | None = None
        self._incoming = incoming
        self._wire = wire
        self._stopped: set[int] = set()
        Thread(target=self._listen, name="desk", daemon=True).start()

    def stopped(self, question: int) -> bool:
        """Whether the parent wants no more of an answer."""
        return question in self._stopped

    def _listen(self) -> None:
        for data in self._incoming:
            self._take(json.loads(data))
        # Not `sys.exit`: the main thread may be deep in native code.
        os._exit(0)

    def _take(self, line: Line) -> None:
        match line:
            case {"do": "stop", "id": number}:
                self._stopped.add(number)
            case {"do": "count", "id": number, "text": text} if self.engine is not None:
                self._wire.send({"id": number, "count": self.engine.count(text)})
            case _:
                self.orders.put(line)


def _answer(engine: Engine, question: Line, context: int, desk: _Desk, wire: _Wire) -> None:
    number: int = question["id"]
    prompt = engine.prompt([Message(role, content) for role, content in question["messages"]])
    if len(prompt) >= context:
        wire.send({"id": number, "too_long": len(prompt)})
        return
    limits = (question["max_tokens"], question["seed"], question["temperature"])
    for piece in engine.write(prompt, *limits, stopped=lambda: desk.stopped(number)):
        wire.send({"id": number, "piece": piece})
    wire.send({"id": number, "end": True})


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write the traceback and be gone: the interpreter's own way out waits for the thread that reads standard input."""
    sys.__excepthook__(kind, error, trace)
    os._exit(1)


def main() -> None:
    """Run until standard input ends. The parent's process id is the only argument."""
    switches.apply()
    isolation.die_with_parent(int(sys.argv[1]))
    isolation.forbid_core_dumps()
    isolation.forbid_network()
    # Ctrl+C in a terminal reaches the whole group: the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    sys.excepthook = _end
    threading.excepthook = lambda fault: _end(fault.exc_type, fault.exc_value or SystemExit(), fault.exc_traceback)
    # What native code prints goes to standard error, whose tail is kept; the pipe is for the protocol alone.
    wire = _Wire(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)

    desk = _Desk(sys.stdin.buffer, wire)
    setup = desk.orders.get()
    found = sha256_of(Path(setup["model"]))
    if found != setup["sha256"]:
        wire.send({"changed": found})
        os._exit(0)
    engine = desk.engine = Engine(setup["model"], setup["context"], setup["threads"], setup["chat"])
    wire.send({"loaded": True})
    while True:
        _answer(engine, desk.orders.get(), setup["context"], desk, wire)


if __name__ == "__main__":
    main()
