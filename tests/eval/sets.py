"""The real questions of ../shared/eval, and libraries made of their documents by the real ingest."""

import json
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote
from zlib import crc32

from app.bootstrap import open_services
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.security import switches
from app.services import Services

EVALUATION = Path(__file__).parents[3] / "shared" / "eval"
SETS = ("squad", "cuad", "scifact")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known about it.

    Attributes:
        answers: any of these words are right; empty where only the place is known.
        places: file stem and page (0 = the file as a whole) that hold the answer; empty where none does.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    places: frozenset[tuple[str, int]]

    @property
    def half(self) -> int:
        """0: what is chosen, is chosen on these; 1: the others."""
        return crc32(self.id.encode()) & 1


@contextmanager
def evaluated(description: str, *sets: str, **numbers: int) -> Iterator[tuple[Mapping[str, Services], Namespace]]:
    """Read a command's options, those for ``numbers`` among them; yield the services of each set, and the options."""
    switches.apply()
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=sets, default=sets)
    parser.add_argument("--keep", type=Path, help="folder for the libraries, so that they can be used again")
    parser.add_argument("--folder", type=Path, default=EVALUATION, help="folder of the sets (default: %(default)s)")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, help="(default: %(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        opened = {}
        for name in options.sets:
            opened[name] = open_set(options.folder, name, options.keep or Path(temporary))
            stack.callback(opened[name].close)
        yield opened, options


def open_set(folder: Path, name: str, libraries: Path, most: int | None = None) -> Services:
    """Open a library with the documents of a set, the first ``most`` of them; ingest what is not there yet."""
    services = open_services(libraries / name / "library", libraries / "models")
    if name == "cuad":
        files = sorted((folder / "cuad" / "pdfs").glob("*.pdf"))[:most]
    else:
        files = _write_records(folder / name / "corpus.jsonl", libraries / name / "documents", most)
    report = services.library.ingest(files, ProgressSlot(), CancelToken())
    if report.skipped:
        raise RuntimeError(f"{name}: {report.skipped}")
    return services


def questions(folder: Path, name: str) -> list[Question]:
    """Return the questions of a set whose place is known."""
    places: dict[str, set[tuple[str, int]]] = {}
    for line in (folder / name / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        question, document, _grade, *page = line.split("\t")
        if name != "cuad" or page[0]:
            places.setdefault(question, set()).add((_stem(name, document), int(page[0]) if page else 0))
    return [
        Question(record["id"], record["text"], tuple(record["answers"]), frozenset(places[record["id"]]))
        for record in _records(folder / name / "queries.jsonl")
        if record["id"] in places
    ]


def unanswerable(folder: Path, name: str) -> list[Question]:
    """Return questions that look like those of the set and have no answer in it."""
    records = _records(folder / name / "queries_unanswerable.jsonl")
    return [Question(record["id"], record["text"], (), frozenset()) for record in records]


def _records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def _stem(name: str, document: str) -> str:
    return document if name == "cuad" else quote(document, safe=" #()")


def _write_records(corpus: Path, folder: Path, most: int | None) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for record in _records(corpus)[:most]:
        file = folder / f"{_stem(corpus.parent.name, record['id'])}.txt"
        if not file.exists():
            file.write_text(f"{record['title']}\n\n{record['text']}\n", "utf-8")
        files.append(file)
    return files
