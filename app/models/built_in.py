"""The built-in questions, whose answers are known. They are about invented documents: ``resources/qualification``."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.domain.answers import Passage
from app.domain.documents import Chunk, Span

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "qualification"


@dataclass(frozen=True, slots=True)
class BuiltInQuestion:
    """A question whose answer is known.

    Attributes:
        text: the question.
        passages: those that are shown, the one with the answer first.
        answers: any of these words are right; empty = the passages do not answer it.
        lacks: what an unanswerable question is about, and no passage mentions; empty for the others.
    """

    text: str
    passages: tuple[Passage, ...]
    answers: tuple[str, ...]
    lacks: str = ""


def built_in_questions() -> list[BuiltInQuestion]:
    """Return all questions, those about the same passages together: these are then read once."""
    return [question for file in _files() for question in _questions(file)]


def digest() -> str:
    """Return what changes with any word of them: SHA-256, hexadecimal."""
    found = sha256()
    for file in _files():
        found.update(file.read_bytes())
    return found.hexdigest()


def _files() -> list[Path]:
    return sorted(_FOLDER.glob("*.toml"))


def _questions(file: Path) -> Iterator[BuiltInQuestion]:
    record = tomllib.loads(file.read_text("utf-8"))
    passages = {
        fields["id"]: _passage(file.stem, ordinal, record["title"], fields["text"].strip())
        for ordinal, fields in enumerate(record["passages"])
    }
    for fields in record["questions"]:
        yield _question(fields, passages)


def _question(fields: dict[str, Any], passages: dict[str, Passage]) -> BuiltInQuestion:
    first = passages[fields["passage"]] if "passage" in fields else None
    others = (passage for passage in passages.values() if passage is not first)
    shown = (first, *others) if first is not None else tuple(others)
    return BuiltInQuestion(fields["text"], shown, tuple(fields.get("answers", ())), fields.get("lacks", ""))


def _passage(document: str, ordinal: int, title: str, text: str) -> Passage:
    """Return a passage of one page whose sentences are the lines of ``text``."""
    sentences, start = [], 0
    for line in text.split("\n"):
        sentences.append((start, start + len(line)))
        start += len(line) + 1
    chunk = Chunk(ordinal, text, (Span(ordinal + 1, 0, len(text)),), tuple(sentences))
    return Passage(ordinal, document, f"{document}.txt", title, chunk, score=1.0, words=1.0, meaning=1.0)
