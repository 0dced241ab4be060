"""Whether the passages have to do with the question at all."""

from app.domain.answers import Passage
from app.retrieval.search import Found
from app.retrieval.words import content_stems, stems

LOOKED_AT = 5
"""Passages, the best ones."""

NEAR_ENOUGH = 0.72
"""Least sum of a passage's similarity and the part of the question's words that it has.

Two in a hundred of squad's questions have no passage that reaches it; of scifact's claims asked of squad's paragraphs
four in five have none (`lectern eval`).
"""

NEAR_ENOUGH_NAMED = 0.52
"""The same in a document that the question names: what is left of the question is short, and its words are common.

Two in a hundred of cuad's questions have no passage that reaches it, and one in five of those whose clause the
contract lacks.
"""

WORDS_ENOUGH = 0.34
"""The same for a passage without a vector, by words alone: a third of them is not enough."""

WORDS_ENOUGH_NAMED = 0.2


def relevant(found: Found) -> bool:
    """Say whether one of the best passages is near enough to the question to answer it."""
    return any(nearness(found, passage) >= 1 for passage in found.passages[:LOOKED_AT])


def nearness(found: Found, passage: Passage) -> float:
    """Return how near a passage is to the question; 1 is just enough.

    Without a word of the question it is not near at all: texts that the embedder cannot read, such as those in a script
    it was not trained on, are all alike to it.
    """
    sought = content_stems(found.question)
    here = stems(f"{passage.title} {passage.chunk.heading} {passage.chunk.text}")
    coverage = len(sought & here) / max(len(sought), 1)
    if not coverage:
        return 0.0
    if passage.meaning:
        return (passage.meaning + coverage) / (NEAR_ENOUGH_NAMED if found.named else NEAR_ENOUGH)
    return coverage / (WORDS_ENOUGH_NAMED if found.named else WORDS_ENOUGH)
