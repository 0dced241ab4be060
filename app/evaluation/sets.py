"""A set: documents, and questions about them whose answers are known, in one folder.

    corpus.jsonl               {"id", "title", "text"}, a document each; or the documents themselves in pdfs/
    queries.jsonl              {"id", "text", "answers"}; ``answers``: any of these words are right, and may be missing
    queries_unanswerable.jsonl {"id", "text"}: the documents hold no answer to these; may be missing
    qrels.tsv                  a line of headings, then query id, document id, grade and, where pages count, the page

A document's id is the name of its file without the ending, where it has one. A question that has no line in qrels, or
one without the page that the others have, is left out: nobody knows where its answer stands.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote
from zlib import crc32

from app.domain.errors import UsageFault

Place = tuple[str, int]
"""A document's id, and a page of it; 0 = the document as a whole."""

Record = dict[str, Any]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question, and what is known of its answer.

    Attributes:
        answers: any of these words are right; empty where only the place is known.
        places: where the answer stands; empty = nowhere.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    places: frozenset[Place]

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.places)

    @property
    def half(self) -> int:
        """1 or 2, the same in every run: what is chosen on one half can be tried on the other."""
        return 1 + (crc32(self.id.encode()) & 1)


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """A set that was read.

    Attributes:
        by_page: an answer is at a page, not in a document.
        questions: the answerable ones first.
    """

    folder: Path
    by_page: bool
    questions: tuple[KnownQuestion, ...]

    def place(self, path: str, page: int) -> Place:
        """Return the place that a page of a file stands for."""
        return unquote(Path(path).stem) if self._recorded() else Path(path).stem, page if self.by_page else 0

    def files(self, folder: Path) -> list[Path]:
        """Return the documents' files; those that are records are written to ``folder``, each to a file of its own.

        Raises:
            UsageFault: there are none, or a record is not one.
            OSError: the files cannot be written.
        """
        if not self._recorded():
            files = sorted(file for file in (self.folder / "pdfs").glob("*") if file.is_file())
            if not files:
                raise UsageFault(
                    f"{self.folder} holds no documents.", "Put them into corpus.jsonl, or as files into a folder pdfs."
                )
            return files
        folder.mkdir(parents=True, exist_ok=True)
        return [_written(folder, *record) for record in _records(self.folder / "corpus.jsonl", _document)]

    def _recorded(self) -> bool:
        return (self.folder / "corpus.jsonl").exists()


def read_set(folder: Path) -> EvaluationSet:
    """Read the questions of a set.

    Raises:
        UsageFault: a file is missing, or a line of it cannot be read; it is named.
    """
    places, by_page = _places(folder / "qrels.tsv")
    asked = _records(folder / "queries.jsonl", _question)
    known = [KnownQuestion(key, text, answers, places[key]) for key, text, answers in asked if key in places]
    without = folder / "queries_unanswerable.jsonl"
    if without.exists():
        known += unanswerable(without)
    if not known:
        raise UsageFault(
            f"No question of {folder / 'queries.jsonl'} has a place in qrels.tsv.",
            "The first column of qrels.tsv holds the ids of the questions.",
        )
    return EvaluationSet(folder, by_page, tuple(known))


def unanswerable(file: Path) -> list[KnownQuestion]:
    """Return the questions of a file, as such that the documents hold no answer to.

    Raises:
        UsageFault: it cannot be read; the line is named.
    """
    return [KnownQuestion(key, text, (), frozenset()) for key, text, _ in _records(file, _question)]


def _places(file: Path) -> tuple[dict[str, frozenset[Place]], bool]:
    rows = [(number, line.split("\t")) for number, line in _lines(file)][1:]
    by_page = any(len(row) > 3 and row[3].strip() for _, row in rows)
    places: dict[str, set[Place]] = {}
    for number, row in rows:
        page = row[3].strip() if len(row) > 3 else ""
        if len(row) < 3 or (page and not page.isdecimal()):
            raise UsageFault(
                f"Line {number} of {file} does not say where an answer stands.",
                "It holds the question's id, the document's id, a grade and perhaps a page number, with tabs between.",
            )
        if by_page and not page:
            continue
        places.setdefault(row[0], set()).add((row[1], int(page) if by_page else 0))
    return {key: frozenset(found) for key, found in places.items()}, by_page


def _records(file: Path, read: Callable[[Record], T]) -> Iterator[T]:
    for number, line in _lines(file):
        try:
            yield read(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageFault(
                f"Line {number} of {file} is not a record of an evaluation.",
                'It looks like {"id": "1", "text": "..."}.',
                repr(error),
            ) from error


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        # Not `splitlines`: JSON may hold other line ends than these.
        lines = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(
            f"{file} cannot be read: {error}.",
            "An evaluation is a folder with queries.jsonl, qrels.tsv and corpus.jsonl or pdfs.",
        ) from error
    return ((number, line.rstrip("\r")) for number, line in enumerate(lines, start=1) if line.strip())


def _question(record: Record) -> tuple[str, str, tuple[str, ...]]:
    text = record["text"]
    if not text.strip():
        raise ValueError("the text is empty")
    return str(record["id"]), text, tuple(answer for answer in record.get("answers", ()) if answer.strip())


def _document(record: Record) -> tuple[str, str, str]:
    return str(record["id"]), record.get("title", "").strip(), record["text"].strip()


def _written(folder: Path, key: str, title: str, text: str) -> Path:
    file = folder / f"{quote(key, safe=' #()')}.txt"
    if not file.exists():
        file.write_text(f"{title}\n\n{text}\n" if title else f"{text}\n", "utf-8")
    return file
