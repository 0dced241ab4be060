"""Two short papers, and how the tests take them in and look for them."""

from pathlib import Path

from app.domain.documents import IngestReport
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.library.space import Space

BOILER = "The boiler in hall four is inspected every ninety days. The inspector signs the red book."
LEASE = "The lodger pays the rent on the first day of the month. Late rent bears interest of four percent."


def ingest(library: Library, *paths: Path) -> IngestReport:
    return library.ingest(list(paths), ProgressSlot(), CancelToken())


def words(library: Library, word: str) -> list[str]:
    return [chunk.path for chunk in library.chunks([key for key, _ in library.find_words(word, 10)])]


def space_of(library: Library) -> Space:
    assert library.space is not None
    return library.space
