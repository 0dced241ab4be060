"""What every reranker must do, whatever runs it."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from time import monotonic

import numpy as np
import pytest
from made_rerankers import LONG, PASSAGES, QUESTIONS
from numpy.typing import NDArray

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from app.retrieval.reranking import Reranker

QUESTION = QUESTIONS[0]


def scores(reranker: Reranker, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
    return reranker.scores(question, passages, CancelToken())


class RerankerContract:
    """Inherited by the test of each runtime, which gives the fixture ``reranker``: a model of real weights."""

    def test_each_passage_gets_a_score(self, reranker: Reranker) -> None:
        found = scores(reranker, QUESTION, PASSAGES)
        assert found.shape == (len(PASSAGES),)
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        assert len(set(found.tolist())) == len(PASSAGES)

    def test_no_passages_are_no_scores(self, reranker: Reranker) -> None:
        assert scores(reranker, QUESTION, []).shape == (0,)

    def test_each_passage_gets_its_own_score_wherever_it_stands(self, reranker: Reranker) -> None:
        alone = np.concatenate([scores(reranker, QUESTION, [passage]) for passage in PASSAGES])
        order = np.random.default_rng(7).permutation(np.repeat(np.arange(len(PASSAGES)), 5))
        together = scores(reranker, QUESTION, [PASSAGES[place] for place in order])
        assert np.array_equal(together, alone[order])

    def test_the_same_call_gives_the_same_scores(self, reranker: Reranker) -> None:
        assert np.array_equal(scores(reranker, QUESTION, PASSAGES), scores(reranker, QUESTION, PASSAGES))

    def test_the_question_counts(self, reranker: Reranker) -> None:
        found = [scores(reranker, question, PASSAGES) for question in QUESTIONS]
        assert len({tuple(row.tolist()) for row in found}) == len(QUESTIONS)

    def test_a_question_and_a_passage_are_two_things(self, reranker: Reranker) -> None:
        assert scores(reranker, QUESTION, [PASSAGES[0]]) != scores(reranker, PASSAGES[0], [QUESTION])

    def test_a_passage_that_is_too_long_is_cut(self, reranker: Reranker) -> None:
        first, second = scores(reranker, QUESTION, [LONG + "Cats sleep.", LONG + "Dogs bark loudly."])
        assert first == second

    def test_a_question_is_not_cut_for_a_long_passage(self, reranker: Reranker) -> None:
        start = "In the house beside the river, " * 20
        assert scores(reranker, start + "who sleeps?", [LONG]) != scores(reranker, start + "what costs more?", [LONG])

    def test_a_question_without_end_leaves_room_for_the_passage(self, reranker: Reranker) -> None:
        endless = "Who pays? " * 20_000
        first, second = (scores(reranker, endless, [passage * 200]) for passage in ("Cats sleep. ", "Rent is due. "))
        assert first != second

    def test_text_that_is_no_text_gets_a_score(self, reranker: Reranker) -> None:
        assert np.isfinite(scores(reranker, "half a pair: \ud800", [" \n\t ", "\udfff", "[SEP] [CLS]"])).all()

    def test_stopped_it_ends_soon(self, reranker: Reranker) -> None:
        scores(reranker, QUESTION, PASSAGES)
        cancel = CancelToken()
        timer = Timer(0.3, cancel.cancel)
        timer.start()
        began = monotonic()
        with pytest.raises(Cancelled):
            reranker.scores(QUESTION, PASSAGES * 100, cancel)
        assert 0.3 <= monotonic() - began < 2.3
        timer.join()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("reranker")]

    def test_stopped_before_it_begins_it_does_nothing(self, reranker: Reranker) -> None:
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            reranker.scores(QUESTION, [], cancel)

    def test_threads_do_not_disturb_one_another(self, reranker: Reranker) -> None:
        expected = scores(reranker, QUESTION, PASSAGES)
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(lambda _: scores(reranker, QUESTION, PASSAGES), range(4)):
                assert np.array_equal(found, expected)
