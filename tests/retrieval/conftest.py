"""A library of invented papers, so that no model has seen them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder

_CONTRACT = """# {kind}

This {kind} is made as of {day} between {first} and {second}.

## 1. Term

The term begins on the day above and ends {years} years later.

## 2. Termination

Either party may end this agreement by giving the other {notice} days' written notice.

## 3. Governing Law

This agreement shall be governed by the laws of {law}.
"""
_PAPERS = {
    "lease.md": _CONTRACT.format(
        kind="Lease Agreement",
        day="4 March 2019",
        first="Brackwater Mills Ltd",
        second="Olsen Joinery",
        years="seven",
        notice="ninety",
        law="Norway",
    ),
    "licence.md": _CONTRACT.format(
        kind="Licence Agreement",
        day="11 May 2021",
        first="Tarn Software",
        second="Olsen Joinery",
        years="three",
        notice="thirty",
        law="Scotland",
    ),
    "termination.txt": "On ending agreements\n\nA notice of termination ends an agreement. Notice periods, termination "
    "notices and the notice of a party who ends an agreement by written notice are what this paper is about.\n",
    "harbour.txt": "The harbour master\n\nThe old man who kept the harbour rose before dawn. His vessel was painted "
    "green, and he would sail it to the lighthouse on calm days.\n",
    "accounts.txt": "Accounts of the society\n\nThe society earned 4,120 crowns in 2018. It spent 3,900 crowns on the "
    "roof of the long barn.\n",
    "barn.txt": "Barns\n\nA long roof over a barn keeps hay dry. The barn of the society stands by the road.\n",
}


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small papers, two of them contracts that say the same of different parties."""
    folder = tmp_path_factory.mktemp("papers")
    for name, text in _PAPERS.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def by_both(papers: Path, tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """The papers, to be found by words and by meaning."""
    yield from _opened(papers, tmp_path_factory.mktemp("both"), embedder)


@pytest.fixture(scope="session")
def by_words(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The papers before they have vectors."""
    yield from _opened(papers, tmp_path_factory.mktemp("words"))


def _opened(papers: Path, folder: Path, *embedders: OnnxEmbedder) -> Iterator[Library]:
    library = Library(folder, embedders, "", workers=2)
    library.ingest([papers], ProgressSlot(), CancelToken())
    yield library
    library.close()
