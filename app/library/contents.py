"""What the documents say: pages, chunks and the words that find them."""

import json
import os
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from sqlite3 import Connection

from app.documents.pool import ParseResult
from app.domain.documents import Box, Chunk, Page, ParsedDocument, Span, StoredChunk
from app.domain.errors import LecternError
from app.library.ledger import Ledger, Row
from app.library.scopes import Selection

_CHUNK = """
    SELECT c.id, d.sha256, (SELECT path FROM paths WHERE document_id = d.id LIMIT 1), d.title, c.ordinal, c.heading,
           c.sentences, s.page, s.start, s.end, s.boxes, substr(p.text, s.start + 1, s.end - s.start)
    FROM chunks c JOIN documents d ON d.id = c.document_id JOIN spans s ON s.chunk_id = c.id
    JOIN pages p ON p.document_id = c.document_id AND p.number = s.page
"""
_SOFT_HYPHEN = "\u00ad"
# Looks back only from the hyphen: several times as fast as one that begins with the letter.
_BROKEN_WORD = re.compile(r"[-\u00ad](?<=\w[-\u00ad]) ?\n\s*(?=[a-z])")

_DAY = re.compile(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)")

# FTS5's own order, by `rank`, is the same and takes a third longer: it keeps more of each match than is asked for.
_FOUND = "SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? ORDER BY score DESC, rowid LIMIT ?"
# A range of ids costs the full-text index nothing, and to look at a mark less than to look for an id in a table. The
# score is computed of those that are left.
_FOUND_WITHIN = """
    SELECT rowid, -bm25(words) AS score FROM words
    WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3 AND substr(?4, rowid - ?2 + 1, 1) = x'01'
    ORDER BY score DESC, rowid LIMIT ?5
"""


class Contents:
    """The rows of the ledger that hold documents, pages, chunks and words."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def hashes(self) -> set[str]:
        """Return the SHA-256 of every document."""
        return {sha256_hex for (sha256_hex,) in self._ledger.rows("SELECT sha256 FROM documents")}

    def keep(self, results: Iterable[ParseResult]) -> None:
        """Keep what became of files, in one transaction, and remove what it replaces."""
        words: list[Row] = []
        with self._ledger.transaction() as connection:
            for result in results:
                words += _keep(connection, result)
            # Last: FTS5 writes out what it has gathered before other statements, and that costs as much as the rest.
            connection.executemany("INSERT INTO words (rowid, title, heading, body) VALUES (?, ?, ?, ?)", words)

    def forget(self, paths: Sequence[Path]) -> None:
        """Remove paths, and the documents that no path holds any more."""
        if paths:
            with self._ledger.transaction() as connection:
                _forget(connection, paths)

    def erase(self, paths: Sequence[Path], mark: str, follow: Callable[[Connection, Sequence[str]], None]) -> int:
        """Remove paths like `forget`; return how many documents went.

        Args:
            paths: known ones.
            mark: a setting that is set in the same transaction.
            follow: removes there what else is kept of the documents that went; it is given their SHA-256.
        """
        with self._ledger.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, 'yes')", (mark,))
            gone = _forget(connection, paths)
            follow(connection, gone)
        return len(gone)

    def fingerprint(self) -> str:
        """Return what tells the documents, and how far each has come, from all others: SHA-256, hexadecimal."""
        digest = sha256()
        for row in self._ledger.rows("SELECT sha256, state FROM documents ORDER BY sha256"):
            digest.update(" ".join(row).encode())
        return digest.hexdigest()

    def pages(self, sha256_hex: str) -> list[Page]:
        """Return the pages of a document in order."""
        rows = self._ledger.rows(
            "SELECT p.number, p.text, p.heading, p.width, p.height FROM pages p JOIN documents d"
            " ON d.id = p.document_id WHERE d.sha256 = ? ORDER BY p.number",
            (sha256_hex,),
        )
        return [Page(*row) for row in rows]

    def page(self, sha256_hex: str, number: int) -> Page:
        """Return one page.

        Raises:
            LecternError: the document or the page is not there any more.
        """
        rows = self._ledger.rows(
            "SELECT p.number, p.text, p.heading, p.width, p.height FROM pages p JOIN documents d"
            " ON d.id = p.document_id WHERE d.sha256 = ? AND p.number = ?",
            (sha256_hex, number),
        )
        if not rows:
            raise LecternError("This page is no longer in the library.", "Ask the question again.")
        return Page(*rows[0])

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return chunks in the order asked; unknown ids are left out."""
        among = "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id, s.ordinal"
        rows = self._ledger.rows(_CHUNK + among, (json.dumps(list(ids)),))
        found = {parts[0][0]: _stored_chunk(parts) for parts in _by_chunk(rows)}
        return [found[chunk_id] for chunk_id in ids if chunk_id in found]

    def day_of(self, sha256_hex: str) -> date | None:
        """Return the day on which a document was made, as it says itself, or else its file changed last."""
        rows = self._ledger.rows(
            "SELECT d.metadata, max(p.mtime_ns) FROM documents d JOIN paths p ON p.document_id = d.id"
            " WHERE d.sha256 = ? GROUP BY d.id",
            (sha256_hex,),
        )
        if not rows:
            return None
        ((metadata, mtime_ns),) = rows
        made = _day(json.loads(metadata).get("created", ""))
        return made or (date.fromtimestamp(mtime_ns / 1e9) if mtime_ns > 0 else None)

    def embedded_texts(self, hashes: Mapping[int, str]) -> dict[str, str]:
        """Return what is sent to the embedder: SHA-256 of the text → the text.

        Args:
            hashes: chunk id → SHA-256 of its text. A chunk of a document that has left the library is left out.
        """
        chunks = self.chunks(list(hashes))
        return {hashes[found.chunk_id]: embedding_text(found.chunk.heading, found.chunk.text) for found in chunks}

    def neighbours(self, chunk_id: int) -> tuple[StoredChunk | None, StoredChunk | None]:
        """Return the chunk before and the chunk after, in the same document."""
        rows = self._ledger.rows(
            "SELECT n.ordinal - c.ordinal, n.id FROM chunks c JOIN chunks n ON n.document_id = c.document_id"
            " AND n.ordinal IN (c.ordinal - 1, c.ordinal + 1) WHERE c.id = ?",
            (chunk_id,),
        )
        found: dict[int, int] = dict(rows)
        chunks = {chunk.chunk_id: chunk for chunk in self.chunks(list(found.values()))}
        return chunks.get(found.get(-1, 0)), chunks.get(found.get(1, 0))

    def find_words(self, expression: str, limit: int, within: Selection | None = None) -> list[tuple[int, float]]:
        """Run an FTS5 MATCH ``expression`` over some chunks or all.

        Returns:
            (chunk id, BM25 score, higher is better), best first. What a word weighs is counted over all chunks.
        """
        if within is None:
            rows = self._ledger.rows(_FOUND, (expression, limit))
        else:
            first, last = within.runs[0][0], within.runs[-1][1]
            rows = self._ledger.rows(_FOUND_WITHIN, (expression, first, last, within.marks(), limit))
        return [(int(chunk_id), float(score)) for chunk_id, score in rows]


def _day(time: str) -> date | None:
    """Return the day of a time as PDF ("D:20240131…") and Word ("2024-01-31T…") write it; None where it is none."""
    found = _DAY.match(time)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def embedding_text(heading: str, text: str) -> str:
    """Return what is sent to the embedder for a chunk (before the recipe's prefix)."""
    body = _plain(text)
    above = _above(heading, body)
    return f"{above}\n{body}" if above else body


def parts_embedded(chunk: Chunk) -> list[str]:
    """Return the parts of what is sent to the embedder: the headings above the chunk, or nothing, and its sentences."""
    sentences = [_plain(chunk.text[start:end]) for start, end in chunk.sentences]
    return [_above(chunk.heading, " ".join(sentences)), *sentences]


def _above(heading: str, body: str) -> str:
    return "" if body.startswith(heading) else heading


def _plain(text: str) -> str:
    return " ".join(searchable(text).split())


def searchable(text: str) -> str:
    """Return a text with its words whole, as people would look for them."""
    # Most texts have no broken word, and to look for one plainly costs a fraction of the pattern's time.
    if "-\n" in text or "- \n" in text or _SOFT_HYPHEN in text:
        return _BROKEN_WORD.sub("", text).replace(_SOFT_HYPHEN, "")
    return text


def _document_id(connection: Connection, sha256_hex: str) -> int | None:
    row = connection.execute("SELECT id FROM documents WHERE sha256 = ?", (sha256_hex,)).fetchone()
    return row[0] if row else None


def _keep(connection: Connection, result: ParseResult) -> list[Row]:
    """Keep what became of a file; return the rows of `words` that are to be inserted."""
    document_id: int | None = None
    words: list[Row] = []
    if not result.fault:
        document_id = _document_id(connection, result.sha256)
        if document_id is None and result.document:
            document_id, words = _insert_document(connection, result.sha256, result.document)
        if document_id is None:
            # Its document left the library while its bytes were looked at: it stays queued, for the next round.
            return []
    _attach(connection, result, document_id)
    return words


def _forget(connection: Connection, paths: Iterable[Path]) -> list[str]:
    """Remove paths, and the documents that no path holds any more; return the SHA-256 of these."""
    gone = []
    for path in paths:
        before = _document_of(connection, os.fsencode(path))
        connection.execute("DELETE FROM paths WHERE path = ?", (os.fsencode(path),))
        gone += _delete_orphan(connection, before)
    connection.execute("DELETE FROM collections WHERE id NOT IN (SELECT collection_id FROM paths)")
    return gone


def _insert_document(connection: Connection, sha256_hex: str, document: ParsedDocument) -> tuple[int, list[Row]]:
    document_id = connection.execute(
        "INSERT INTO documents (sha256, state, format, title, metadata) VALUES (?, 'parsed', ?, ?, ?)",
        (sha256_hex, document.format, document.title, json.dumps(dict(document.metadata))),
    ).lastrowid
    if document_id is None:
        raise LookupError(sha256_hex)
    connection.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)",
        [(document_id, p.number, p.text, p.heading, p.width, p.height) for p in document.pages],
    )
    # Ids given out here, in one go, let each table be filled by one statement: half the time of a chunk at a time.
    first = _next_chunk_id(connection)
    chunks = [(first + chunk.ordinal, chunk) for chunk in document.chunks]
    connection.executemany(
        "INSERT INTO chunks (id, document_id, ordinal, heading, sentences, text_sha256) VALUES (?, ?, ?, ?, ?, ?)",
        [(key, document_id, c.ordinal, c.heading, _packed_sentences(c), _text_sha256(c)) for key, c in chunks],
    )
    connection.executemany(
        "INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?)",
        [(key, n, s.page, s.start, s.end, _packed(s.boxes)) for key, c in chunks for n, s in enumerate(c.spans)],
    )
    return document_id, [(key, document.title, c.heading, searchable(c.text)) for key, c in chunks]


def _next_chunk_id(connection: Connection) -> int:
    """Return an id above all that were ever given: an id in the vector index never means another chunk."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
    return int(row[0]) + 1 if row else 1


def _text_sha256(chunk: Chunk) -> str:
    return sha256(embedding_text(chunk.heading, chunk.text).encode()).hexdigest()


def _attach(connection: Connection, result: ParseResult, document_id: int | None) -> None:
    key, fault = os.fsencode(result.path), result.fault
    before = _document_of(connection, key)
    size, mtime_ns = (result.stat.size, result.stat.mtime_ns) if result.stat else (-1, -1)
    reason, detail = (fault.reason, str(fault)) if fault else ("", "")
    connection.execute(
        "UPDATE paths SET queued = 0, size = ?, mtime_ns = ?, document_id = ?, reason = ?, detail = ? WHERE path = ?",
        (size, mtime_ns, document_id, reason, detail, key),
    )
    if before != document_id:
        _delete_orphan(connection, before)


def _document_of(connection: Connection, key: bytes) -> int | None:
    row = connection.execute("SELECT document_id FROM paths WHERE path = ?", (key,)).fetchone()
    return row[0] if row else None


def _delete_orphan(connection: Connection, document_id: int | None) -> list[str]:
    """Delete a document that no path holds any more; return its SHA-256, or nothing where it stays."""
    held = connection.execute("SELECT 1 FROM paths WHERE document_id = ? LIMIT 1", (document_id,)).fetchone()
    if document_id is None or held:
        return []
    hashes = [
        sha256_hex for (sha256_hex,) in connection.execute("SELECT sha256 FROM documents WHERE id = ?", (document_id,))
    ]
    rows = connection.execute(_CHUNK + "WHERE d.id = ? ORDER BY c.id, s.ordinal", (document_id,)).fetchall()
    # A contentless FTS5 table forgets a row only when it is told again what stood in it.
    connection.executemany(
        "INSERT INTO words (words, rowid, title, heading, body) VALUES ('delete', ?, ?, ?, ?)",
        [(parts[0][0], parts[0][3], parts[0][5], searchable(_joined(parts))) for parts in _by_chunk(rows)],
    )
    connection.execute(
        "INSERT INTO removed_chunks SELECT id FROM chunks WHERE document_id = ? AND in_index", (document_id,)
    )
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return hashes


def _by_chunk(rows: list[Row]) -> list[list[Row]]:
    return [list(parts) for _, parts in groupby(rows, key=itemgetter(0))]


def _joined(parts: list[Row]) -> str:
    return "\n".join(part[11] for part in parts)


def _stored_chunk(parts: list[Row]) -> StoredChunk:
    chunk_id, document, path, title, ordinal, heading, sentences = parts[0][:7]
    places = array("I", sentences)
    chunk = Chunk(
        ordinal=ordinal,
        text=_joined(parts),
        spans=tuple(Span(page, start, end, _unpacked(boxes)) for page, start, end, boxes in (p[7:11] for p in parts)),
        sentences=tuple(zip(places[::2], places[1::2], strict=True)),
        heading=heading,
    )
    return StoredChunk(chunk_id, document, os.fsdecode(path or b""), title, chunk)


def _packed_sentences(chunk: Chunk) -> bytes:
    return array("I", [place for sentence in chunk.sentences for place in sentence]).tobytes()


def _packed(boxes: Sequence[Box]) -> bytes:
    return array("f", [side for b in boxes for side in (b.left, b.top, b.right, b.bottom)]).tobytes()


def _unpacked(packed: bytes) -> tuple[Box, ...]:
    sides = array("f", packed)
    return tuple(Box(*sides[place : place + 4]) for place in range(0, len(sides), 4))
