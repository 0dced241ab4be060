"""Whether the passages have to do with the question at all."""

from app.domain.answers import Passage
from app.retrieval.search import Found
from app.retrieval.words import content_stems, stems

NEAR_ENOUGH = 0.72
"""Least sum of a passage's similarity and the part of the question's words that it has.

Two in a hundred of the questions of squad, and of cuad, have no passage that reaches it; of scifact's claims asked of
squad's paragraphs four in five have none, of squad's questions asked of cuad's contracts 24 in 25
(tests/eval/answers.py).
"""

WORDS_ENOUGH = 0.34
"""The same for a passage without a vector, by words alone: a third of them is not enough."""

LOOKED_AT = 5
"""Passages, the best ones."""


def relevant(found: Found) -> bool:
    """Say whether one of the best passages is near enough to the question to answer it."""
    return any(nearness(found, passage) >= 1 for passage in found.passages[:LOOKED_AT])


def nearness(found: Found, passage: Passage) -> float:
    """Return how near a passage is to the question; 1 is just enough."""
    sought = content_stems(found.question)
    here = stems(f"{passage.title} {passage.chunk.heading} {passage.chunk.text}")
    coverage = len(sought & here) / max(len(sought), 1)
    return (passage.meaning + coverage) / NEAR_ENOUGH if passage.meaning else coverage / WORDS_ENOUGH
