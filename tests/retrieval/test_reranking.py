"""A reranker in the search: how its scores count, and what it must not spoil. Those of the real one mean little."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copy, copytree
from threading import Timer
from time import monotonic

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.answers import Passage
from app.domain.documents import Chunk, Span
from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models import tokenizing
from app.models.files import sha256_of
from app.models.packs import RerankerPack, starter_embedder
from app.models.pair_canary import PairCanary, write_pair_canary
from app.models.reranker import PASSAGES, canary_scores
from app.models.runtimes.onnx import OnnxEmbedder, OnnxReranker, load_reranker
from app.retrieval.reranking import reranked
from app.retrieval.search import Found, Ranking, Searcher

QUESTION = "How many days of written notice must a party give?"


class Scores:
    """A reranker whose scores the test says."""

    def __init__(self, *scores: float) -> None:
        self._scores = scores

    def scores(self, _question: str, passages: Sequence[str], _cancel: CancelToken) -> NDArray[np.float32]:
        assert len(passages) == len(self._scores)
        return np.array(self._scores, dtype=np.float32)


def passages(*scores: float) -> list[Passage]:
    chunk = Chunk(0, "Text.", (Span(1, 0, 5),), ((0, 5),))
    return [Passage(place, "d", "d.txt", "", chunk, score, 0.5, 0.5) for place, score in enumerate(scores, start=1)]


def ranked(before: Sequence[float], *scores: float) -> list[Passage]:
    return reranked(Scores(*scores), "Who?", passages(*before), CancelToken())


def ids(found: Sequence[Passage]) -> list[int]:
    return [passage.chunk_id for passage in found]


def test_both_the_search_and_the_reranker_are_heard() -> None:
    assert ids(ranked([3.0, 2.0, 1.0], -8.0, 9.0, -1.0)) == [2, 1, 3]
    assert ids(ranked([3.0, 1.1, 1.0], -1.0, -2.0, 3.0)) == [1, 3, 2]


@pytest.mark.parametrize("scale", [0.001, 1.0, 1000.0])
def test_scores_keep_their_size_whatever_the_model(scale: float) -> None:
    found = ranked([3.0, 2.5, 1.0], -8.0 * scale, 9.0 * scale, -1.0 * scale)
    assert [passage.score for passage in found] == pytest.approx([2.8815, 2.0961, 1.5224], abs=1e-3)
    assert np.mean([passage.score for passage in found]) == pytest.approx(np.mean([3.0, 2.5, 1.0]))


def test_a_reranker_that_sees_no_difference_makes_none() -> None:
    assert ranked([3.0, 2.0], 7.0, 7.0) == passages(3.0, 2.0)
    assert ranked([3.0], -4.0) == passages(3.0)


def test_what_is_not_scored_stays_behind() -> None:
    before = [5.0 - place / 10 for place in range(PASSAGES + 3)]
    found = ranked(before, *range(PASSAGES))
    assert ids(found[PASSAGES:]) == [PASSAGES + 1, PASSAGES + 2, PASSAGES + 3]
    scores = [passage.score for passage in found]
    assert scores == sorted(scores, reverse=True)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> RerankerPack:
    """A cross-encoder of the starter's weights: what they make of the first mark, along a line drawn by chance."""
    onnx = pytest.importorskip("onnx", reason="the extra `sentence-transformers` is not installed")
    starter, folder = starter_embedder(), tmp_path_factory.mktemp("made")
    made = onnx.load(starter.model)
    line = np.random.default_rng(0).standard_normal((starter.recipe.dimensions, 1)).astype(np.float32)
    made.graph.initializer.extend(
        [onnx.numpy_helper.from_array(line, "line"), onnx.numpy_helper.from_array(np.array(0), "first")]
    )
    hidden = made.graph.output[0].name
    made.graph.node.append(onnx.helper.make_node("Gather", [hidden, "first"], ["mark"], axis=1))
    made.graph.node.append(onnx.helper.make_node("MatMul", ["mark", "line"], ["logits"]))
    del made.graph.output[:]
    made.graph.output.append(onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", 1]))
    onnx.save(made, folder / "model.onnx")
    copy(starter.vocabulary, folder / "vocab.txt")
    model, canary = folder / "model.onnx", folder / "canary.json"
    found = RerankerPack("cross", "Cross", model, sha256_of(model), folder / "vocab.txt", 512, canary)
    pairs = [("Who pays?", "The tenant pays."), ("Who pays?", "Cats sleep for most of the day.")]
    tokenizer = tokenizing.load(found.vocabulary, 512)
    unchecked = PairCanary(tuple(pairs), np.zeros(len(pairs), dtype=np.float32))
    write_pair_canary(canary, pairs, canary_scores(unchecked, tokenizer, 512, load_reranker(found)))
    return found


@pytest.fixture(scope="module")
def reranker(pack: RerankerPack) -> OnnxReranker:
    return OnnxReranker(pack, 2)


def test_a_real_one_changes_the_order_and_nothing_else(by_both: Library, reranker: OnnxReranker) -> None:
    without = Searcher(by_both).find(QUESTION, 20).passages
    found = Searcher(by_both, reranker=lambda: reranker).find(QUESTION, 20)
    assert found.unranked is None
    assert ids(found.passages) != ids(without)
    known = {passage.chunk_id: passage for passage in without}
    assert found.passages[:1]
    assert all(replace(passage, score=0.0) == replace(known[passage.chunk_id], score=0.0) for passage in found.passages)


def test_it_reads_more_than_is_asked_for(by_both: Library, reranker: OnnxReranker) -> None:
    searcher = Searcher(by_both, reranker=lambda: reranker)
    assert searcher.find(QUESTION, 2).passages == searcher.find(QUESTION, PASSAGES).passages[:2]


def test_it_has_no_part_where_less_is_ranked_by(by_both: Library, reranker: OnnxReranker) -> None:
    searcher = Searcher(by_both, reranker=lambda: reranker)
    found = searcher.ranked_by(Ranking.WORD_BY_WORD).find(QUESTION, 20)
    assert found == Searcher(by_both).find(QUESTION, 20)
    assert searcher.ranked_by(Ranking.ALL).find(QUESTION, 20) == searcher.find(QUESTION, 20) != found


def test_what_was_found_is_told_before_it_is_read(by_both: Library, reranker: OnnxReranker) -> None:
    told: list[Found] = []
    Searcher(by_both, reranker=lambda: reranker).find(QUESTION, 3, so_far=told.append)
    Searcher(by_both).find(QUESTION, 3, so_far=told.append)
    assert told == [Searcher(by_both).find(QUESTION, 3)]


@pytest.mark.parametrize("gone", ["model.onnx", "vocab.txt", "canary.json"])
def test_without_its_files_passages_are_found_without_it(
    gone: str, by_both: Library, pack: RerankerPack, tmp_path: Path
) -> None:
    folder = Path(copytree(pack.model.parent, tmp_path / "copy"))
    (folder / gone).unlink()
    broken = replace(
        pack,
        model=folder / pack.model.name,
        vocabulary=folder / pack.vocabulary.name,
        canary=folder / pack.canary.name,
    )
    reranker = OnnxReranker(broken, 2)
    found = Searcher(by_both, reranker=lambda: reranker).find(QUESTION, 5)
    assert found.unranked is not None
    assert gone in str(found.unranked) or gone in found.unranked.detail
    assert found.passages == Searcher(by_both).find(QUESTION, 5).passages


@pytest.fixture(scope="module")
def long_papers(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """More passages than are read, of the usual length."""
    folder = tmp_path_factory.mktemp("long")
    for number in range(30):
        text = f"The lease of house {number} ends after written notice of so many days. " * 12
        (folder / f"{number}.txt").write_text(text, "utf-8")
    library = Library(tmp_path_factory.mktemp("library"), [embedder], "", workers=2)
    library.ingest([folder], ProgressSlot(), CancelToken())
    yield library
    library.close()


def test_stopped_while_it_reads_it_ends_at_once(long_papers: Library, reranker: OnnxReranker) -> None:
    cancel, timers, stopped = CancelToken(), [], []

    def stop() -> None:
        stopped.append(monotonic())
        cancel.cancel()

    def begin(_found: Found) -> None:
        timers.append(Timer(0.1, stop))
        timers[0].start()

    searcher = Searcher(long_papers, reranker=lambda: reranker)
    searcher.find(QUESTION, 5)
    began = monotonic()
    searcher.find(QUESTION, 5)
    whole = monotonic() - began
    with pytest.raises(Cancelled):
        searcher.find(QUESTION, 5, cancel, begin)
    # On a machine that is busy with other work, a quarter of the 20 passages.
    assert monotonic() - stopped[0] < max(0.2, whole / 4)
    timers[0].join()


def test_it_tells_how_long_a_question_takes(long_papers: Library, pack: RerankerPack) -> None:
    took: list[float] = []
    reranker = OnnxReranker(pack, 2, took.append)
    searcher = Searcher(long_papers, reranker=lambda: reranker)
    searcher.find(QUESTION, 5)
    began = monotonic()
    searcher.find(QUESTION, 5)
    assert 0.1 < took[1] < 1.5 * (monotonic() - began)
    reranker.scores(QUESTION, [], CancelToken())
    assert len(took) == 2
