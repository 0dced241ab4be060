"""The questions a command is asked to answer."""

import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import UsageFault


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the id that its answer goes by, as it was given: a text or a number."""

    id: object
    text: str


def questions(options: Namespace) -> list[Question]:
    """Return the one question given, or those of the file.

    Raises:
        UsageFault: the question is empty, or the file cannot be read as questions; the line is named.
    """
    if options.question is not None:
        if not options.question.strip():
            raise UsageFault("The question is empty.", "Put it in quotation marks after the command.")
        return [Question("1", options.question)]
    return _read(options.queries)


def _read(file: Path) -> list[Question]:
    try:
        # Not `splitlines`: JSON may hold other line ends than these.
        lines = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(f"The questions in {file} cannot be read: {error}.", "Give a text file in UTF-8.") from error
    return [_question(file, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(file: Path, number: int, line: str) -> Question:
    try:
        record = json.loads(line)
        identity, text = record["id"], record["text"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageFault(
            f"Line {number} of {file} is not a question.",
            'Each line looks like {"id": "1", "text": "..."}.',
            repr(error),
        ) from error
    if not isinstance(text, str) or not text.strip():
        raise UsageFault(f"The question in line {number} of {file} is empty.", "Give it a text, or remove the line.")
    return Question(identity, text)
