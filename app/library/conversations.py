"""The conversations that a library keeps."""

import json
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, TypeVar

from app.domain.answers import AnswerMode, AnswerStatus, Citation, Claim, Polarity, Side
from app.domain.conversations import (
    Conversation,
    ConversationEntry,
    Ending,
    KeptAnswer,
    KeptTurn,
    Origin,
    Source,
    UsedModel,
    name_for,
)
from app.domain.errors import UsageFault
from app.domain.fit import Settings
from app.domain.scope import Scope
from app.library.ledger import Ledger, Row

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION = 1
"""Of the form in which a turn is stored. Another field needs no new one: what is not known is passed over, and what is
missing gets its default."""

_ENTRY = """
    SELECT c.id, c.name, c.began, max(t.asked), count(t.id)
    FROM conversations c JOIN turns t ON t.conversation_id = c.id
"""
# At a path or below it, where the document was not read anew since, or is one of those named.
_CONCERNED = """
    SELECT turn_id, document FROM turn_sources
    WHERE document IN (SELECT value FROM json_each(?)) OR (
        (path = ? OR substr(path, 1, ?) = ?) AND document NOT IN (SELECT sha256 FROM documents)
    )
"""

_INHERITED = """
    INSERT OR IGNORE INTO turn_sources
    SELECT ?, document, path FROM turn_sources
    WHERE turn_id = (SELECT max(id) FROM turns WHERE conversation_id = ? AND id < ?)
"""

Record = Mapping[str, Any]
T = TypeVar("T", bound="DataclassInstance")


class KeptConversations:
    """The rows of the ledger that hold conversations. Any thread may use it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def keep(self, conversation: int | None, turn: KeptTurn, sources: Iterable[Source]) -> int:
        """Add a turn to a conversation, or to a new one, in one transaction; return the id of the conversation.

        What it shows of documents that have left the library meanwhile is not kept.

        Args:
            conversation: its id; None = a new one, named after the question.
            turn: what is to be kept.
            sources: the documents that its answers were made from.

        Raises:
            UsageFault: there is no such conversation.
            EnvironmentFault: the disk is in the way; nothing was kept.
        """
        with self._ledger.transaction() as connection:
            if conversation is None:
                conversation = _begin(connection, turn)
            elif not connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation,)).fetchone():
                raise _unknown(conversation)
            here, gone = _parted(connection, sources)
            if gone:
                turn = turn.without(gone)
            turn_id = connection.execute(
                "INSERT INTO turns (conversation_id, question, asked, content, words) VALUES (?, ?, ?, ?, ?)",
                (conversation, _text(turn.question), turn.asked.isoformat(), _content(turn), _words(turn)),
            ).lastrowid
            if turn.looked_for:
                # The question was completed from the turn before, and so from what that was made from.
                connection.execute(_INHERITED, (turn_id, conversation, turn_id))
            connection.executemany(
                "INSERT OR IGNORE INTO turn_sources VALUES (?, ?, ?)",
                [(turn_id, source.document, os.fsencode(source.path)) for source in here],
            )
        return conversation

    def entries(self, words: str = "") -> list[ConversationEntry]:
        """List the conversations that have every word of ``words`` in a question, an answer or the name, newest first.

        Capitals and accents make no difference, and the beginning of a word is enough, or its middle.
        """
        sought = _folded(words).split()
        having = "(instr(c.words, ?) OR EXISTS (SELECT 1 FROM turns WHERE conversation_id = c.id AND instr(words, ?)))"
        where = f"WHERE {' AND '.join([having] * len(sought))} " if sought else ""
        rows = self._ledger.rows(
            f"{_ENTRY}{where}GROUP BY c.id ORDER BY max(t.id) DESC", [word for word in sought for _ in range(2)]
        )
        return [_entry(row) for row in rows]

    def conversation(self, conversation: int) -> Conversation:
        """Return a conversation with its turns.

        Raises:
            UsageFault: there is no such conversation.
        """
        found = self._ledger.rows("SELECT name, began FROM conversations WHERE id = ?", (conversation,))
        if not found:
            raise _unknown(conversation)
        name, began = found[0]
        rows = self._ledger.rows(
            "SELECT question, asked, content FROM turns WHERE conversation_id = ? ORDER BY id", (conversation,)
        )
        return Conversation(conversation, name, datetime.fromisoformat(began), tuple(_turn(*row) for row in rows))

    def rename(self, conversation: int, name: str) -> None:
        """Give a conversation another name.

        Raises:
            UsageFault: there is no such conversation, or the name is empty.
        """
        line = _text(" ".join(name.split()))
        if not line:
            raise UsageFault("The name is empty.", "Type a name.")
        with self._ledger.transaction() as connection:
            changed = connection.execute(
                "UPDATE conversations SET name = ?, words = ? WHERE id = ?", (line, _folded(line), conversation)
            )
            if not changed.rowcount:
                raise _unknown(conversation)

    def remove(self, conversation: int) -> None:
        """Remove a conversation with all its turns.

        Raises:
            UsageFault: there is no such conversation.
        """
        with self._ledger.transaction() as connection:
            if not connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,)).rowcount:
                raise _unknown(conversation)

    def quotes(self, path: Path) -> bool:
        """Say whether a turn was made from a file at ``path``, or inside it, that is not in the library any more."""
        return bool(self._ledger.rows(_CONCERNED, _concerned(path, [])))

    def erase(self, connection: Connection, path: Path, documents: Sequence[str]) -> None:
        """Remove from all turns what they show of documents that were erased for good, within a transaction.

        Args:
            connection: on which the transaction is.
            path: of the file or folder that was erased: what it held before, under the same path, goes too.
            documents: SHA-256 of those that went.
        """
        erased: dict[int, set[str]] = {}
        for turn_id, document in connection.execute(_CONCERNED, _concerned(path, documents)).fetchall():
            erased.setdefault(turn_id, set()).add(document)
        for turn_id, gone in erased.items():
            row = connection.execute("SELECT question, asked, content FROM turns WHERE id = ?", (turn_id,)).fetchone()
            turn = _turn(*row).without(gone)
            connection.execute(
                "UPDATE turns SET content = ?, words = ? WHERE id = ?", (_content(turn), _words(turn), turn_id)
            )
            connection.executemany(
                "DELETE FROM turn_sources WHERE turn_id = ? AND document = ?",
                [(turn_id, document) for document in gone],
            )


def _unknown(conversation: int) -> UsageFault:
    return UsageFault(f"There is no conversation {conversation}.", "See which there are with: lectern conversations")


def _begin(connection: Connection, turn: KeptTurn) -> int:
    name = _text(name_for(turn.question))
    made = connection.execute(
        "INSERT INTO conversations (name, began, words) VALUES (?, ?, ?)", (name, turn.asked.isoformat(), _folded(name))
    )
    if made.lastrowid is None:
        raise LookupError(name)
    return made.lastrowid


def _parted(connection: Connection, sources: Iterable[Source]) -> tuple[list[Source], set[str]]:
    """Return the sources that are in the library, and the SHA-256 of those that are not: they may have been erased."""
    here, gone = [], set()
    for source in sources:
        if connection.execute("SELECT 1 FROM documents WHERE sha256 = ?", (source.document,)).fetchone():
            here.append(source)
        else:
            gone.add(source.document)
    return here, gone


def _concerned(path: Path, documents: Sequence[str]) -> tuple[object, ...]:
    inside = os.fsencode(path / "x")[:-1]
    return json.dumps(list(documents)), os.fsencode(path), len(inside), inside


def _text(text: str) -> str:
    """Return a text that SQLite can store: what came as bytes that are no text has no place in UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _words(turn: KeptTurn) -> str:
    """Return what a turn is found by."""
    claims = (claim.text for answer in turn.answers for claim in answer.claims if claim.supported)
    return _folded("\n".join([turn.question, *claims]))


def _folded(text: str) -> str:
    """Return a text without capitals and accents."""
    apart = unicodedata.normalize("NFKD", _text(text).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _content(turn: KeptTurn) -> str:
    content = {name: value for name, value in asdict(turn).items() if name not in ("question", "asked")}
    return json.dumps({"version": VERSION, **content}, default=_written)


def _written(value: object) -> str:
    if not isinstance(value, date):
        raise TypeError(value)
    return value.isoformat()


def _entry(row: Row) -> ConversationEntry:
    conversation, name, began, last, turns = row
    return ConversationEntry(conversation, name, datetime.fromisoformat(began), datetime.fromisoformat(last), turns)


def _turn(question: str, asked: str, content: str) -> KeptTurn:
    record = json.loads(content)
    return _made(
        KeptTurn,
        record,
        question=question,
        asked=datetime.fromisoformat(asked),
        ending=Ending(record["ending"]),
        answers=tuple(map(_answer, record["answers"])),
        origin=_origin(record["origin"]),
        scope=_scope(record.get("scope", {})),
    )


def _scope(record: Record) -> Scope:
    read = {name: _day(value) if name in ("since", "until") else tuple(value) for name, value in record.items()}
    return _made(Scope, read)


def _answer(record: Record) -> KeptAnswer:
    return _made(
        KeptAnswer,
        record,
        mode=AnswerMode(record["mode"]),
        status=AnswerStatus(record["status"]) if record["status"] else None,
        claims=tuple(map(_claim, record["claims"])),
        nearest=_citations(record["nearest"]),
    )


def _claim(record: Record) -> Claim:
    side = record.get("side")
    return _made(
        Claim,
        record,
        citations=_citations(record["citations"]),
        marked=tuple((start, end) for start, end in record.get("marked", ())),
        polarity=Polarity(record["polarity"]) if record.get("polarity") else None,
        side=Side(side["value"], _day(side["day"])) if side else None,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _citations(records: Iterable[Record]) -> tuple[Citation, ...]:
    return tuple(_made(Citation, record) for record in records)


def _origin(record: Record) -> Origin:
    return _made(Origin, record, embedder=_model(record.get("embedder")), generator=_model(record.get("generator")))


def _model(record: Record | None) -> UsedModel | None:
    if not record:
        return None
    settings = _made(Settings, record["settings"]) if record.get("settings") else None
    return _made(UsedModel, record, hashes=tuple(record["hashes"]), settings=settings)


def _made(kind: type[T], record: Record, **read: object) -> T:
    """Make a value of the fields of a record that it has, and of those that were ``read`` already."""
    known = {field.name for field in fields(kind)}
    return kind(**{**{name: value for name, value in record.items() if name in known}, **read})
