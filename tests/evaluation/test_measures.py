from math import log2
from pathlib import Path

import pytest

from app.domain.answers import Answer, AnswerMode, AnswerStatus, Citation, Claim
from app.evaluation.measures import Measure, f1, of_answer, of_ranking
from app.evaluation.sets import EvaluationSet, KnownQuestion

QUESTION = KnownQuestion("1", "Who?", ("Ann Lee", "A. Lee"), frozenset({("a", 2), ("b", 1)}))
SET = EvaluationSet(Path("nowhere"), by_page=True, questions=(QUESTION,))


def test_ranking_is_scored_as_the_formula_says() -> None:
    figures = of_ranking(QUESTION, [("a", 1), ("b", 1), ("c", 1), ("a", 2)])
    assert figures[Measure.HIT_1] == 0
    assert figures[Measure.HIT_5] == figures[Measure.HIT_10] == figures[Measure.RECALL_10] == 1
    assert figures[Measure.NDCG_10] == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3)))


def test_what_comes_after_the_tenth_place_counts_for_nothing() -> None:
    elsewhere = [("c", page) for page in range(10)]
    assert set(of_ranking(QUESTION, [*elsewhere, ("a", 2)]).values()) == {0.0}


def cited(text: str, document: str, page: int, supported: bool = True) -> Claim:
    return Claim(text, supported, (Citation("sha", f"/x/{document}.pdf", "", page, 0, 4, "Text"),))


def answer(*claims: Claim, status: AnswerStatus = AnswerStatus.ANSWERED) -> Answer:
    return Answer("Who?", status, AnswerMode.EXTRACTIVE, claims, ())


def test_answer_is_scored_by_what_it_shows() -> None:
    claims = (cited("She left.", "a", 3), cited("ANN LEE, it was.", "a", 2), cited("Bob.", "b", 1, supported=False))
    figures = of_answer(QUESTION, answer(*claims), SET, [True, True, False])
    assert figures[Measure.CONTAINS] == 1
    assert figures[Measure.FIRST_CONTAINS] == 0
    assert figures[Measure.F1] == pytest.approx(2 * 2 / (6 + 2))
    assert figures[Measure.CITATIONS] == 0.5
    assert figures[Measure.VERBATIM] == pytest.approx(2 / 3)
    assert figures[Measure.REFUSED] == 0


def test_refusal_of_an_unanswerable_question_says_nothing_else() -> None:
    question = KnownQuestion("2", "Why?", (), frozenset())
    assert of_answer(question, answer(status=AnswerStatus.NOT_FOUND), SET, []) == {Measure.REFUSED: 1.0}


def test_without_a_shared_word_f1_is_nothing() -> None:
    assert f1("nothing of it", "Ann Lee") == 0
