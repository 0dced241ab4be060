"""The child process that holds llama.cpp: reads questions from its parent, writes answers.

First comes the setup, ``{"files": [[path, sha256, stamp]], "adapter": path, "settings", "chat"}``, to which the child
says ``{"stamps": [stamp]}`` when it is loaded, or ``{"changed": [place, sha256]}`` when a file is another one. A file
whose stamp is still the one in the setup was hashed before, and is not again. Then, each with an ``id``:

- ``{"do": "count", "text"}`` gets ``{"id", "count"}``, also while an answer is being written;
- ``{"do": "generate", "messages", "max_tokens", "seed", "temperature", "grammar"}`` gets ``{"id", "piece", "thought"}``
  for each piece of text and then ``{"id", "end": run}`` with what it took, or only ``{"id", "too_long": tokens}`` or
  ``{"id", "wrong_grammar": reason}``;
- ``{"do": "stop"}`` ends the answer with that ``id`` early.
"""

import os
from dataclasses import asdict
from pathlib import Path

from app.domain.fit import Settings
from app.domain.messages import Message
from app.models.files import Stamp, sha256_of, stamp_of
from app.models.runtimes.llama_cpp_engine import Engine, WrongGrammar
from app.processes.parent_pipe import Line, ParentPipe


class _Desk:
    """Takes what cannot wait while the main thread computes."""

    def __init__(self, parent: ParentPipe) -> None:
        self.engine: Engine | None = None
        self._parent = parent
        self._stopped: set[int] = set()

    def stopped(self, question: int) -> bool:
        """Whether the parent wants no more of an answer."""
        return question in self._stopped

    def take(self, line: Line) -> bool:
        """Deal with a line, unless it is one for the main thread; say whether it was."""
        match line:
            case {"do": "stop", "id": number}:
                self._stopped.add(number)
            case {"do": "count", "id": number, "text": text} if self.engine is not None:
                self._parent.send({"id": number, "count": self.engine.count(text)})
            case _:
                return False
        return True


def _answer(engine: Engine, question: Line, context: int, desk: _Desk, parent: ParentPipe) -> None:
    number: int = question["id"]
    prompt = engine.prompt([Message(role, content) for role, content in question["messages"]])
    if len(prompt.tokens) >= context:
        parent.send({"id": number, "too_long": len(prompt.tokens)})
        return
    wanted = (question["max_tokens"], question["seed"], question["temperature"], question["grammar"])
    writing = engine.write(prompt, *wanted, stopped=lambda: desk.stopped(number))
    while True:
        try:
            piece = next(writing)
        except StopIteration as end:
            parent.send({"id": number, "end": asdict(end.value)})
            return
        except WrongGrammar as fault:
            parent.send({"id": number, "wrong_grammar": str(fault)})
            return
        parent.send({"id": number, "piece": piece.text, "thought": piece.thought})


def _checked(place: int, path: str, expected: str, stamp: list[int] | None, parent: ParentPipe) -> Stamp:
    # Before the hash, so that a change meanwhile shows next time.
    now = stamp_of(Path(path))
    if stamp is None or tuple(stamp) != now:
        found = sha256_of(Path(path))
        if found != expected:
            parent.send({"changed": [place, found]})
            os._exit(0)
    return now


def main() -> None:
    """Run until the parent ends."""
    parent = ParentPipe()
    desk = _Desk(parent)
    parent.listen(desk.take)
    setup = parent.next()
    files = enumerate(setup["files"])
    stamps = [_checked(place, path, expected, stamp, parent) for place, (path, expected, stamp) in files]
    settings = Settings(**setup["settings"])
    engine = desk.engine = Engine(setup["files"][0][0], settings, setup["chat"], setup["adapter"])
    parent.send({"stamps": stamps})
    while True:
        _answer(engine, parent.next(), settings.context, desk, parent)


if __name__ == "__main__":
    main()
