"""Whether the passages have to do with the question at all."""

from dataclasses import dataclass

from app.domain.answers import Passage
from app.retrieval.definitions import asks_long_form, chunk_defines, may_define, term_asked
from app.retrieval.search import Found
from app.retrieval.words import part_in

LOOKED_AT, LOOKED_AT_NAMED = 8, 5
"""Passages, the best ones; of a document that is named, fewer: it has no others, and its eighth is about anything."""


@dataclass(frozen=True, slots=True)
class _Least:
    """What is just enough to answer a question, and one that names its document.

    Of the latter little is left, and its words are common.
    """

    enough: float
    named: float


# The sum of half the similarity of passage and question, how well its words meet those of the question, how well those
# of its best two sentences in a row do, and a fifth of the part of the question's words that it has. Of squad's
# questions 2 in 100 have no passage that reaches it, of scifact's 4, and 90 of what is asked of the other's documents.
# Of cuad's, 8 where the contract has the clause, and 33 where it lacks it.
_BY_WORD = _Least(1.32, 1.08)
# Without that comparison, the sum of the similarity and the part of the question's words that the passage has.
_BY_MEANING = _Least(0.72, 0.52)
# Without a vector, that part alone: a third of the words is not enough.
_BY_WORDS = _Least(0.34, 0.2)


def relevant(found: Found) -> bool:
    """Say whether one of the best passages is near enough to the question to answer it, or defines what it asks for."""
    best = found.passages[: LOOKED_AT_NAMED if found.named else LOOKED_AT]
    term = term_asked(found.question)
    if term and any(chunk_defines(term, passage.chunk) for passage in best):
        return True
    # What an abbreviation stands for is not told where it is only used.
    if asks_long_form(found.question) and not any(may_define(term, passage.chunk) for passage in best):
        return False
    return any(nearness(found, passage) >= 1 for passage in best)


def nearness(found: Found, passage: Passage) -> float:
    """Return how near a passage is to the question; 1 is just enough.

    Without a word of the question it is not near at all: texts that the embedder cannot read, such as those in a script
    it was not trained on, are all alike to it.
    """
    coverage = part_in(found.question, f"{passage.title} {passage.chunk.heading} {passage.chunk.text}")
    if not coverage:
        return 0.0
    if passage.sentences:
        near = 0.5 * passage.meaning + passage.met + max(passage.pairs) + 0.2 * coverage
        least = _BY_WORD
    elif passage.meaning:
        near, least = passage.meaning + coverage, _BY_MEANING
    else:
        near, least = coverage, _BY_WORDS
    return near / (least.named if found.named else least.enough)
