"""Which files the library knows, and how far each has come."""

import os
from collections.abc import Iterable
from pathlib import Path
from sqlite3 import Connection

from app.domain.documents import DocumentEntry, DocumentState, Skipped
from app.library.ledger import Ledger, Row
from app.library.walk import FoundFile, Walk

# Read again although nothing about the file seems changed: the cause may be gone.
_TRANSIENT_REASONS = ("unreadable", "vanished", "changed", "timeout", "memory", "crashed")

_ENTRY = """
    SELECT p.path, c.name, p.queued, p.document_id, p.reason, p.detail,
           d.sha256, d.state, d.title, d.format,
           (SELECT count(*) FROM pages WHERE document_id = d.id),
           (SELECT count(*) FROM chunks WHERE document_id = d.id)
    FROM paths p JOIN collections c ON c.id = p.collection_id LEFT JOIN documents d ON d.id = p.document_id
"""


class Files:
    """The rows of the ledger that stand for files."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def enqueue(self, met: Walk, collection: str) -> int:
        """Queue what is new or changed, keep why the rest cannot be; return how many files were known as they are."""
        with self._ledger.transaction() as connection:
            collection_id = _collection_id(connection, collection)
            connection.executemany(
                "INSERT INTO paths (path, collection_id, size, mtime_ns, queued, reason, detail)"
                " VALUES (?, ?, -1, -1, 0, ?, ?) ON CONFLICT (path) DO UPDATE"
                " SET size = -1, mtime_ns = -1, queued = 0, reason = excluded.reason, detail = excluded.detail",
                [(os.fsencode(file.path), collection_id, file.reason, file.detail) for file in met.skipped],
            )
            return sum(_enqueue(connection, file, collection_id) for file in met.found)

    def queued(self) -> list[Path]:
        """Return the files that wait to be read."""
        return [Path(os.fsdecode(key)) for (key,) in self._ledger.rows("SELECT path FROM paths WHERE queued")]

    def at_or_below(self, path: Path) -> list[Path]:
        """Return the known file at ``path``, or those inside it."""
        prefix = os.fsencode(path / "x")[:-1]
        rows = self._ledger.rows(
            "SELECT path FROM paths WHERE path = ? OR substr(path, 1, ?) = ?",
            (os.fsencode(path), len(prefix), prefix),
        )
        return [Path(os.fsdecode(key)) for (key,) in rows]

    def entries(self) -> list[DocumentEntry]:
        """Return every file, by collection and path."""
        return [_entry(row) for row in self._ledger.rows(_ENTRY + "ORDER BY c.name, p.path")]

    def entries_of(self, paths: Iterable[Path]) -> list[DocumentEntry]:
        """Return the entries of these files; unknown ones are left out."""
        found: list[DocumentEntry] = []
        for path in paths:
            found += [_entry(row) for row in self._ledger.rows(_ENTRY + "WHERE p.path = ?", (os.fsencode(path),))]
        return found

    def collections(self) -> list[str]:
        """Return the names of the collections that hold a file."""
        rows = self._ledger.rows(
            "SELECT DISTINCT c.name FROM collections c JOIN paths p ON p.collection_id = c.id ORDER BY c.name"
        )
        return [name for (name,) in rows]

    def holding(self, document: str) -> list[FoundFile]:
        """Return the files in which a document (SHA-256) was found, as they were then."""
        rows = self._ledger.rows(
            "SELECT p.path, p.size, p.mtime_ns FROM paths p JOIN documents d ON d.id = p.document_id"
            " WHERE d.sha256 = ?",
            (document,),
        )
        return [FoundFile(Path(os.fsdecode(key)), size, mtime_ns) for key, size, mtime_ns in rows]


def skipped_of(entries: Iterable[DocumentEntry]) -> tuple[Skipped, ...]:
    """Return the files among ``entries`` that were not taken in."""
    return tuple(Skipped(e.path, e.reason, e.detail) for e in entries if e.state == DocumentState.SKIPPED)


def _enqueue(connection: Connection, file: FoundFile, collection_id: int) -> bool:
    """Queue a file unless it was read as it is; say whether it was."""
    key = os.fsencode(file.path)
    known = connection.execute(
        "SELECT queued, reason FROM paths WHERE path = ? AND size = ? AND mtime_ns = ?",
        (key, file.size, file.mtime_ns),
    ).fetchone()
    if known and known[1] not in _TRANSIENT_REASONS:
        return not known[0]
    connection.execute(
        "INSERT INTO paths (path, collection_id, size, mtime_ns, queued) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
        " queued = 1, reason = '', detail = ''",
        (key, collection_id, file.size, file.mtime_ns),
    )
    return False


def _collection_id(connection: Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO collections (name) VALUES (?)", (name,))
    found = connection.execute("SELECT id FROM collections WHERE name = ?", (name,)).fetchone()
    return int(found[0])


def _entry(row: Row) -> DocumentEntry:
    key, collection, queued, document_id, reason, detail, sha256, state, title, form, pages, chunks = row
    if queued:
        state = DocumentState.QUEUED
    elif reason:
        state = DocumentState.SKIPPED
    return DocumentEntry(
        id=document_id,
        path=os.fsdecode(key),
        collection=collection,
        state=DocumentState(state),
        sha256=sha256 or "",
        title=title or "",
        format=form or "",
        pages=pages,
        chunks=chunks,
        reason=reason,
        detail=detail,
    )
