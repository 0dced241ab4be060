"""Which documents and which chunks a scope means."""

import json
import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path

from app.documents.formats import called
from app.domain.documents import NamedDocument
from app.domain.errors import UsageFault
from app.domain.scope import EVERYTHING, Scope, Searched, is_sha256, type_words
from app.library.ledger import Ledger, Row
from app.library.walk import absolute

_REMEMBERED = 64
# Names that a message lists.
_MOST_LISTED = 20

# Paths are compared as hexadecimal texts: bytes can be no values of JSON. A file that was not taken in has no format.
_INSIDE = """
    FROM paths p JOIN collections c ON c.id = p.collection_id LEFT JOIN documents d ON d.id = p.document_id
    WHERE (?1 = '[]' OR c.name IN (SELECT value FROM json_each(?1)))
      AND (?2 = '[]' OR EXISTS (SELECT 1 FROM json_each(?2) WHERE substr(hex(p.path), 1, length(value)) = value))
      AND (?3 = '[]' OR d.sha256 IN (SELECT value FROM json_each(?3))
           OR hex(p.path) IN (SELECT value FROM json_each(?3)))
      AND (?4 = '[]' OR d.format IS NULL OR d.format IN (SELECT value FROM json_each(?4)))
      AND (?5 = '' OR p.mtime_ns = -1 OR date(p.mtime_ns / 1000000000, 'unixepoch', 'localtime') >= ?5)
      AND (?6 = '' OR p.mtime_ns = -1 OR date(p.mtime_ns / 1000000000, 'unixepoch', 'localtime') <= ?6)
"""
_KNOWN = """
    SELECT sha256 FROM documents WHERE sha256 IN (SELECT value FROM json_each(?1))
    UNION SELECT hex(path) FROM paths WHERE hex(path) IN (SELECT value FROM json_each(?1))
"""
_NAMES = "SELECT d.sha256, p.path, d.title"
_SELECTED = """
    SELECT (SELECT id FROM chunks WHERE document_id = d.id ORDER BY ordinal LIMIT 1) first,
           (SELECT id FROM chunks WHERE document_id = d.id ORDER BY ordinal DESC LIMIT 1),
           d.sha256, min(p.path), (SELECT count(*) FROM paths WHERE document_id = d.id)
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """The chunks of some documents.

    Attributes:
        runs: the ids of the first and the last chunk of a run without gaps, ascending.
        paths: SHA-256 → a path in scope, of the documents that are held at several paths.
    """

    runs: tuple[tuple[int, int], ...]
    paths: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.runs)

    def __contains__(self, chunk_id: int) -> bool:
        place = bisect_right(self.runs, chunk_id, key=lambda run: run[0])
        return place > 0 and chunk_id <= self.runs[place - 1][1]

    def marks(self) -> bytes:
        """Return a byte for each id from the first to the last: 1 for those of the chunks."""
        start, end = self.runs[0][0], self.runs[-1][1]
        marks = bytearray(end - start + 1)
        for first, last in self.runs:
            marks[first - start : last - start + 1] = b"\1" * (last - first + 1)
        return bytes(marks)

    def ids(self) -> list[int]:
        """Return the ids of the chunks, ascending."""
        return list(chain.from_iterable(range(first, last + 1) for first, last in self.runs))


class Scopes:
    """Looks up scopes. Any thread may use it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        # By the revision too: what was found holds until something changes.
        self._remembered = lru_cache(_REMEMBERED)(lambda scope, _revision: self._selected(scope))

    def select(self, scope: Scope) -> Selection | None:
        """Return the chunks of the documents in scope; None = those of all documents.

        Raises:
            UsageFault: the scope names what the library does not have, or holds no document that can be searched.
        """
        return None if scope == EVERYTHING else self._remembered(scope, self._ledger.revision)

    def of_document(self, sha256_hex: str) -> Selection:
        """Return the chunks of one document."""
        # They have consecutive ids.
        ((first, last),) = self._ledger.rows(
            "SELECT min(c.id), max(c.id) FROM chunks c JOIN documents d ON d.id = c.document_id WHERE d.sha256 = ?",
            (sha256_hex,),
        )
        return Selection(((first, last) if first else (0, -1),))

    def documents(self, scope: Scope) -> list[NamedDocument]:
        """Return the documents in scope that were read, by path; one that lies at several is there several times.

        Raises:
            UsageFault: the scope names what the library does not have.
        """
        self._check(scope)
        rows = self._rows(_NAMES, scope, "AND d.id IS NOT NULL ORDER BY p.path")
        return [NamedDocument(sha256, os.fsdecode(path), title) for sha256, path, title in rows]

    def searched(self, scope: Scope) -> Searched:
        """Say how many documents are in scope, and which files in scope are not among them."""
        documents = self._rows("SELECT count(DISTINCT p.document_id)", scope)[0][0]
        missing = self._rows("SELECT p.path, p.queued", scope, "AND (p.queued OR p.reason != '')")
        types = {called(name) for name in scope.types}
        inside = [(path, queued) for path, queued in missing if not types or called(_ending(path)) in types]
        unread = tuple(sorted(os.fsdecode(path) for path, queued in inside if not queued))
        return Searched(scope, documents, unread, sum(queued for _, queued in inside))

    def _selected(self, scope: Scope) -> Selection:
        self._check(scope)
        rows = self._rows(_SELECTED, scope, "AND d.id IS NOT NULL GROUP BY d.id HAVING first ORDER BY first")
        if not rows:
            nothing = f"There is no document {scope.text} that could be searched."
            raise UsageFault(" ".join((nothing, *self.searched(scope).missing())), "Search in other documents.")
        runs: list[tuple[int, int]] = []
        for first, last, *_ in rows:
            joined = runs and runs[-1][1] == first - 1
            runs.append((runs.pop()[0] if joined else first, last))
        return Selection(tuple(runs), {sha256: os.fsdecode(path) for _, _, sha256, path, held in rows if held > 1})

    def _rows(self, columns: str, scope: Scope, further: str = "") -> list[Row]:
        values = (
            json.dumps(scope.collections),
            # The separator at the end: "/papers" is not above "/papers of others".
            json.dumps([_key(Path(folder, "x"))[:-2] for folder in scope.folders]),
            json.dumps([_document_key(document) for document in scope.documents]),
            json.dumps([called(name) for name in scope.types]),
            scope.since.isoformat() if scope.since else "",
            scope.until.isoformat() if scope.until else "",
        )
        return self._ledger.rows(columns + _INSIDE + further, values)

    def _check(self, scope: Scope) -> None:
        """See that the library has what a scope names.

        Raises:
            UsageFault: it does not.
        """
        collections = self._names("SELECT name FROM collections ORDER BY name")
        for name in scope.collections:
            if name not in collections:
                raise UsageFault(f"There is no collection “{name}” in this library.", _there_are(collections))
        formats = self._names("SELECT DISTINCT format FROM documents ORDER BY format")
        for name in scope.types:
            if called(name) not in formats:
                what = f"There is no document of the type “{type_words(name)}” in this library."
                raise UsageFault(what, _there_are(formats))
        documents = {_document_key(document): document for document in scope.documents}
        for key in documents.keys() - set(self._names(_KNOWN, json.dumps(list(documents)))):
            raise UsageFault(f"There is no document {documents[key]} in this library.", _SEE_WHICH)
        for folder in scope.folders:
            if not self._rows("SELECT 1", Scope(folders=(folder,)), "LIMIT 1"):
                raise UsageFault(f"Nothing in this library is from the folder {folder}.", _SEE_WHICH)
        if scope.since and scope.until and scope.since > scope.until:
            what = f"There is no day from {scope.since} until {scope.until}."
            raise UsageFault(what, "Let the first day be the earlier one.")

    def _names(self, sql: str, *values: str) -> list[str]:
        return [name for (name,) in self._ledger.rows(sql, values)]


_SEE_WHICH = "See which files are with: lectern documents"


def _there_are(names: Sequence[str]) -> str:
    if not names:
        return "There are none yet: add documents first."
    listed = ", ".join(f"“{name}”" for name in names[:_MOST_LISTED])
    return f"There are: {listed}{'' if len(names) <= _MOST_LISTED else ' and others'}."


def _document_key(document: str) -> str:
    return document if is_sha256(document) else _key(Path(document))


def _key(path: Path) -> str:
    """Return what a path goes by in the ledger, in hexadecimal."""
    return os.fsencode(absolute(path)).hex().upper()


def _ending(path: bytes) -> str:
    return Path(os.fsdecode(path)).suffix
