"""Where an answer is looked for, and what was looked through for it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath
from typing import Any

from app.domain.english import count

MOST_NAMED = 3
"""Files that are named in a sentence; of the others it says how many they are."""

_SHA256 = re.compile("[0-9a-f]{64}")
_SHOWN_OF_SHA256 = 12
_TYPE_WORDS = {"pdf": "PDF", "docx": "Word", "html": "web page", "markdown": "Markdown", "text": "plain text"}


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that are searched. Several values of one kind are alternatives, and the kinds combine.

    A document that is held at several paths is in scope where one of its paths is. Without any value, everything is.

    Attributes:
        collections: names.
        folders: paths; what lies below them is in scope.
        documents: SHA-256, hexadecimal, or a path.
        types: names of formats, such as ``pdf``, or endings of files, such as ``md``.
        since, until: days on which the files were changed last, in local time; both are in scope.
    """

    collections: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def parts(self) -> Iterator[tuple[str, "Scope"]]:
        """Yield what was chosen, in words, each with the scope that is left without it."""
        for kind, (_, words) in _WORDS.items():
            values: tuple[str, ...] = getattr(self, kind)
            for value in values:
                rest: dict[str, Any] = {kind: tuple(other for other in values if other != value)}
                yield words(value), replace(self, **rest)
        if self.since:
            yield _since(self.since), replace(self, since=None)
        if self.until:
            yield _until(self.until), replace(self, until=None)

    @property
    def text(self) -> str:
        """What was chosen, in words that can follow "documents": ``in Contracts, of the type PDF``; empty = nothing."""
        chosen = [
            f"{before} {' or '.join(map(words, getattr(self, kind)))}"
            for kind, (before, words) in _WORDS.items()
            if getattr(self, kind)
        ]
        days = [words for words, _ in Scope(since=self.since, until=self.until).parts()]
        chosen += [f"changed {' and '.join(days)}"] if days else []
        return ", ".join(chosen)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Searched:
    """What was looked through for an answer that was not found.

    Attributes:
        scope: that was asked for.
        documents: how many it holds.
        unread: paths of files in scope that could not be read.
        waiting: files in scope that are yet to be read.
    """

    scope: Scope
    documents: int
    unread: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def text(self) -> str:
        """All of it in a sentence or three."""
        only = " only" if self.scope != EVERYTHING else ""
        searched = f"Searched{only}: {count(self.documents, 'document')} {self.scope.text}".rstrip()
        return " ".join((f"{searched}.", *self.missing()))

    def missing(self) -> Iterator[str]:
        """Yield a sentence on the files that could not be read, and one on those that wait, where there are any."""
        if self.unread:
            named = [PurePath(path).name for path in self.unread[:MOST_NAMED]]
            more = len(self.unread) - len(named)
            named += [f"and {more:,} more"] if more else []
            yield f"{count(len(self.unread), 'file')} could not be read: {', '.join(named)}."
        if self.waiting:
            yield f"{count(self.waiting, 'file')} {'is' if self.waiting == 1 else 'are'} yet to be read."


def is_sha256(document: str) -> bool:
    """Say whether a document of a `Scope` is named by its SHA-256, not by a path."""
    return bool(_SHA256.fullmatch(document))


def type_words(name: str) -> str:
    """Say in words what a format is."""
    return _TYPE_WORDS.get(name, name)


def _document(document: str) -> str:
    return f"document {document[:_SHOWN_OF_SHA256]}…" if is_sha256(document) else PurePath(document).name


def _folder(folder: str) -> str:
    return PurePath(folder).name or folder


# The fields of a scope that hold several values: what is said before them, and how each of them is called.
_WORDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "collections": ("in", str),
    "folders": ("in the folder", _folder),
    "documents": ("in", _document),
    "types": ("of the type", type_words),
}


def _since(day: date) -> str:
    return f"since {day.year if (day.month, day.day) == (1, 1) else day.isoformat()}"


def _until(day: date) -> str:
    return f"until {day.year if (day.month, day.day) == (12, 31) else day.isoformat()}"
