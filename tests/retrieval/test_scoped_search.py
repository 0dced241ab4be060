"""Searches within a scope find what a ranking of all its chunks finds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import UsageFault
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.library.scopes import Selection
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval import meaning, words
from app.retrieval.meaning import NEAREST, similarities
from app.retrieval.search import Searcher

TRADES = ("cooper", "weaver", "tanner", "fisher", "miller", "smith", "baker", "mason")
TOWNS = ("Orrin", "Skarholm", "Brackwater", "Tarn", "Lindmoor", "Vell", "Aster", "Dunmore", "Kettle", "Pell")
GOODS = ("barrels of oak", "grey cloth")
QUESTIONS = ("Who sells grey cloth?", "the fisher of Skarholm", "What does a boat builder need of barrels?")
# Chunks up to which all are compared.
KEPT = {"index": 0, "one by one": 10_000}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """160 papers, half of them of the guild, here and there."""
    folder = tmp_path_factory.mktemp("market")
    for number, (trade, town, goods) in enumerate(
        (trade, town, goods) for trade in TRADES for town in TOWNS for goods in GOODS
    ):
        path = folder / f"{number:03} {'guild' if number % 4 in (0, 3) else 'square'}.txt"
        path.write_text(f"The {trade} of {town} sells {goods}. He pays {number} crowns for his stall.")
    library = Library(tmp_path_factory.mktemp("market library"), [embedder], "", workers=2)
    library.ingest([folder], ProgressSlot(), CancelToken())
    yield library
    library.close()


@pytest.fixture(scope="module")
def guild(market: Library) -> Scope:
    return Scope(documents=tuple(entry.path for entry in market.entries() if entry.path.endswith("guild.txt")))


@pytest.fixture
def selection(market: Library, guild: Scope) -> Selection:
    selected = market.select(guild)
    assert selected is not None
    assert len(selected) == market.passages() // 2 > NEAREST
    assert len(selected.runs) > 30
    return selected


@pytest.mark.parametrize("question", QUESTIONS)
def test_words_rank_as_they_would_among_all(market: Library, selection: Selection, question: str) -> None:
    expression = words.expression(question)
    everywhere = [(key, score) for key, score in market.find_words(expression, 1_000) if key in selection]
    assert len(everywhere) > 5
    found = market.find_words(expression, len(everywhere) + 1, selection)
    assert dict(found) == pytest.approx(dict(everywhere))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    best = market.find_words(expression, 5, selection)
    assert [score for _, score in best] == pytest.approx([score for _, score in everywhere[:5]])


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("question", QUESTIONS)
def test_meaning_ranks_as_all_cosines_do(
    market: Library, selection: Selection, question: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = market.space
    assert space is not None
    vector = space.of_question(question).vector
    stored = space.of_chunks(selection.ids())
    ranked = sorted(((float(other @ vector), key) for key, other in stored.items()), reverse=True)[:30]
    monkeypatch.setattr(meaning, "NEAREST", 30)
    monkeypatch.setattr(meaning, "_SPARE", 1.0)
    monkeypatch.setattr(meaning, "KEPT", kept)
    if kept:
        monkeypatch.setattr(space, "nearest", lambda *_: pytest.fail("the index was asked"))
    found = similarities(space, vector, (), selection, market.passages())
    assert [*found.values()] == pytest.approx([similarity for similarity, _ in ranked], abs=1e-5)
    assert found == pytest.approx({key: stored[key] @ vector for key in found}, abs=1e-5)


def test_the_index_is_asked_for_more_until_enough_is_in_scope(market: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    space = market.space
    assert space is not None
    vector = space.of_question("Who sells grey cloth?").vector
    far = [key for key, _ in space.nearest(vector, 1_000)][20:]
    runs = tuple((key, key) for key in sorted(far))
    asked: list[int] = []
    nearest = type(space).nearest

    def counted(at: np.ndarray, limit: int) -> list[tuple[int, float]]:
        asked.append(limit)
        return nearest(space, at, limit)

    monkeypatch.setattr(meaning, "KEPT", 0)
    monkeypatch.setattr(meaning, "NEAREST", 5)
    monkeypatch.setattr(space, "nearest", counted)
    found = similarities(space, vector, (), Selection(runs), market.passages())
    assert list(found) == far[:5]
    assert asked == [8, 32]


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_out_of_scope_is_found_whatever_the_way(
    market: Library, guild: Scope, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher = Searcher(market)
    found = []
    monkeypatch.setattr(meaning, "_SPARE", 0.2)
    for kept in KEPT.values():
        monkeypatch.setattr(meaning, "KEPT", kept)
        passages = searcher.find(question, 20, scope=guild).passages
        assert len(passages) == 20
        assert all(passage.path.endswith("guild.txt") for passage in passages)
        found.append([passage.chunk_id for passage in passages])
    assert found[0] == found[1]
    assert searcher.search(question, 3, guild) == searcher.search(question, 20, guild)[:3]


def test_scoped_and_unscoped_agree_where_the_scope_is_everything(market: Library) -> None:
    searcher = Searcher(market)
    every = Scope(types=("text",))
    for question in QUESTIONS:
        ours, theirs = (searcher.find(question, 20, scope=scope).passages for scope in (every, EVERYTHING))
        assert [passage.chunk_id for passage in ours] == [passage.chunk_id for passage in theirs]
        assert [passage.score for passage in ours] == pytest.approx([passage.score for passage in theirs], abs=1e-4)


def test_words_find_in_scope_before_there_are_vectors(by_words: Library, papers: Path) -> None:
    scope = Scope(documents=(str(papers / "barn.txt"),))
    (found,) = Searcher(by_words).search("Where is the roof of the barn?", 5, scope)
    assert found.path == str(papers / "barn.txt")


def test_a_named_document_is_looked_for_in_scope(by_both: Library, papers: Path) -> None:
    searcher = Searcher(by_both)
    question = "In the Lease Agreement between Brackwater Mills Ltd and Olsen Joinery: Which law governs?"
    both = Scope(documents=(str(papers / "lease.md"), str(papers / "licence.md")))
    found = searcher.find(question, 3, scope=both)
    assert found.named
    assert "Norway" in found.passages[0].chunk.text
    other = searcher.find(question, 3, scope=Scope(types=("txt",)))
    assert not other.named
    assert other.question == question
    assert all(passage.path.endswith(".txt") for passage in other.passages)


def test_a_scope_without_documents_is_said_at_once(by_both: Library) -> None:
    with pytest.raises(UsageFault, match="no collection “Leases”"):
        Searcher(by_both).find("Which law governs?", 3, scope=Scope(collections=("Leases",)))
