"""A library of invented papers, so that no model has seen them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from whole_papers import DIARY, FIRST, SECOND, Ask

from app.answering.answerer import Answerer, AskMode
from app.domain.answers import Answer, Claim
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.search import Searcher
from tests.narrow_embedder import narrow_pack

_PAPERS = {
    "mill.txt": "The mill at Orrin\n\nThe mill at Orrin was built in 1764 by Agnes Dunmore. It ground barley for the "
    "garrison. The mill did not burn in the fire of 1802, although the granary did. Its wheel is 7.5 metres high.\n",
    "society.txt": "Accounts of the Kettle Society\n\nThe Kettle Society earned 4,120 crowns in 2018. It spent 3,900 "
    "crowns on the roof of the long barn. The treasurer is Ms Petra Valk. Members pay 12 crowns a year.\n",
    "ferry.txt": "The ferry\n\nThe ferry to Skarholm leaves at six in the morning. It carries forty passengers and "
    "nine carts. If the wind is above force eight, the ferry stays in the harbour.\n",
    "bees.txt": "Bees\n\nA hive of the grey bee holds about 20,000 bees in June. The keeper feeds them sugar water in "
    "winter. Pastor Lindqvist brought the grey bee to the valley in 1911.\n",
}


def _library(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("papers")
    for name, text in _PAPERS.items():
        (folder / name).write_text(text, "utf-8")
    library = Library(tmp_path_factory.mktemp("library"), [embedder], "", workers=2)
    library.ingest([folder], ProgressSlot(), CancelToken())
    yield library
    library.close()


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """A library of four small papers."""
    yield from _library(tmp_path_factory, embedder)


@pytest.fixture(scope="session")
def narrow_searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Finds in the same papers with an embedder that finds all texts alike."""
    for library in _library(tmp_path_factory, OnnxEmbedder(narrow_pack(tmp_path_factory.mktemp("narrow")), 2)):
        yield Searcher(library)


@pytest.fixture(scope="session")
def searcher(papers: Library) -> Searcher:
    """Finds in the papers by words and meaning."""
    return Searcher(papers)


@pytest.fixture(scope="session")
def lease_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two leases, a diary, and the diary in other capitals."""
    folder = tmp_path_factory.mktemp("leases")
    (folder / "lease 2019.md").write_text(FIRST, "utf-8")
    (folder / "lease 2021.md").write_text(SECOND, "utf-8")
    (folder / "diary.txt").write_text(DIARY, "utf-8")
    (folder / "copy.txt").write_text(DIARY.title(), "utf-8")
    return folder


@pytest.fixture(scope="session")
def leases(lease_folder: Path, tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """A library of these."""
    library = Library(tmp_path_factory.mktemp("library"), [embedder], "", workers=2)
    library.ingest([lease_folder], ProgressSlot(), CancelToken())
    yield library
    library.close()


@pytest.fixture(scope="session")
def ask(leases: Library) -> Ask:
    """Asks it, and sees that every claim is what its places say."""
    answerer = Answerer(Searcher(leases), None)

    def asked(question: str, scope: Scope = EVERYTHING) -> Answer:
        (answer,) = answerer.ask(question, AskMode.BOTH, CancelToken(), scope=scope)
        for claim in answer.claims:
            assert claim.supported
            quoted = "".join(_quotes(leases, claim))
            assert "".join(claim.text.split()) == "".join(quoted.split())
        return answer

    return asked


def _quotes(library: Library, claim: Claim) -> Iterator[str]:
    for citation in claim.citations:
        page = library.page(citation.document, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote
        yield citation.quote
