"""What is measured of one question."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import log2

from app.answering.accepted import contains, words
from app.domain.answers import Answer, AnswerStatus
from app.evaluation.sets import EvaluationSet, KnownQuestion, Place

LOOKED_AT = 10
"""Places of a ranking that count."""


class Measure(StrEnum):
    """A figure from 0 to 1.

    Those of the answer are of what is shown: the sentences that are supported.
    """

    HIT_1 = "hit@1"
    HIT_5 = "hit@5"
    HIT_10 = "hit@10"
    NDCG_10 = "nDCG@10"
    RECALL_10 = "recall@10"
    CONTAINS = "answer contains"
    FIRST_CONTAINS = "first sentence contains"
    F1 = "answer F1"
    CITATIONS = "citation precision"
    VERBATIM = "quotes verbatim"
    REFUSED = "refused"


Figures = Mapping[Measure, float]


def of_ranking(question: KnownQuestion, places: Sequence[Place]) -> dict[Measure, float]:
    """Score places, best first and none twice.

    nDCG with gains of 0 and 1 (Järvelin and Kekäläinen 2002); recall is the part of the right places that are there.
    """
    hits = [place in question.places for place in places[:LOOKED_AT]]
    gain = sum(1 / log2(rank + 2) for rank, hit in enumerate(hits) if hit)
    best = sum(1 / log2(rank + 2) for rank in range(min(LOOKED_AT, len(question.places))))
    return {
        Measure.HIT_1: float(any(hits[:1])),
        Measure.HIT_5: float(any(hits[:5])),
        Measure.HIT_10: float(any(hits)),
        Measure.NDCG_10: gain / best,
        Measure.RECALL_10: sum(hits) / len(question.places),
    }


def of_answer(
    question: KnownQuestion, answer: Answer, asked: EvaluationSet, verbatim: Sequence[bool]
) -> dict[Measure, float]:
    """Score an answer; what cannot be said of it is left out.

    Args:
        question: that was asked.
        answer: to it.
        asked: the set that the question is of.
        verbatim: of each of its citations, whether the quote stands at its place, character for character.
    """
    figures = {Measure.REFUSED: float(answer.status is AnswerStatus.NOT_FOUND)}
    shown = [claim for claim in answer.claims if claim.supported]
    cited = [asked.place(citation.path, citation.page) for claim in shown for citation in claim.citations]
    if verbatim:
        figures[Measure.VERBATIM] = sum(verbatim) / len(verbatim)
    if question.answerable and cited:
        figures[Measure.CITATIONS] = sum(place in question.places for place in cited) / len(cited)
    if question.answers:
        first = shown[0].text if shown else ""
        figures[Measure.CONTAINS] = float(contains(answer.text, question.answers))
        figures[Measure.FIRST_CONTAINS] = float(contains(first, question.answers))
        figures[Measure.F1] = max(f1(answer.text, accepted) for accepted in question.answers)
    return figures


def f1(text: str, answer: str) -> float:
    """Return the harmonic mean of precision and recall of the words of a text (Rajpurkar et al. 2016)."""
    said, sought = Counter(words(text)), Counter(words(answer))
    shared = (said & sought).total()
    return 2 * shared / (said.total() + sought.total()) if shared else 0.0
