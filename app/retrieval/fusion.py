"""What speaks for a chunk, in one score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from app.retrieval.meaning import Interaction

WORDS, MEANING = 0.4, 0.8
"""Weights of BM25 as a share of the best, and of the cosine of the chunk."""

WORD_BY_WORD, BEST_SENTENCE = 1.2, 1.2
"""Weights of the `Interaction` of the chunk, and of its best sentence, where something is asked: one sentence answers.

Chosen on squad, cuad and scifact, whose halves were looked at side by side.
"""

TOPIC_WORD_BY_WORD, TOPIC_BEST_SENTENCE = 0.3, 0.15
"""The same where words or a statement are looked for: what bears on them is said in more than one sentence."""

LIKE_THE_BEST = 0.35
"""Weight of the cosine to the leading chunk, where words or a statement are looked for (pseudo-relevance feedback):
more than one document bears on them, in its own words. Chosen on scifact, of which one half likes 0.4, the other 0.3;
what is asked is answered once, and squad's questions gain nothing by it.
"""

DEFINES = 2.0
"""What a chunk gains that says what the term means which is asked for: more than one can be ahead by all else."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A chunk's scores, as in `app.domain.answers.Passage`."""

    score: float
    words: float
    meaning: float


def fuse(words: Mapping[int, float], meaning: Mapping[int, float]) -> dict[int, Fused]:
    """Fuse the scores of chunks.

    Both keep their size, as ranks would not: BM25 as a share of the best, and the cosine as it is, so that the arm
    that sees no difference between two chunks makes none. A chunk without a vector counts as one of usual similarity.

    Args:
        words: BM25 (> 0, higher is better) by chunk; a chunk that is not there has none of the words.
        meaning: cosine similarity by chunk; a chunk that is not there has no vector yet.
    """
    best = max(words.values(), default=0.0) or 1.0
    usual = _usual(meaning.values())
    fused = {}
    for key in words.keys() | meaning.keys():
        share = words.get(key, 0.0) / best
        fused[key] = Fused(WORDS * share + MEANING * meaning.get(key, usual), share, meaning.get(key, 0.0))
    return fused


def gains(interactions: Mapping[int, Interaction], chunks: Iterable[int], *, asks: bool) -> dict[int, float]:
    """Return what chunks gain by being compared word by word; one that cannot be, gains what is usual.

    Args:
        interactions: of the chunks that can be compared.
        chunks: those that are wanted.
        asks: something is asked, see `app.retrieval.words.asks`.
    """
    whole, best = (WORD_BY_WORD, BEST_SENTENCE) if asks else (TOPIC_WORD_BY_WORD, TOPIC_BEST_SENTENCE)
    known = {key: whole * found.whole + best * max(found.sentences, default=0.0) for key, found in interactions.items()}
    return _of_all(known, chunks)


def likenesses(cosines: Mapping[int, float], chunks: Iterable[int]) -> dict[int, float]:
    """Return what chunks gain by being like the leading one; one without a vector gains what is usual.

    Args:
        cosines: to the leading chunk.
        chunks: those that are wanted.
    """
    return _of_all({key: LIKE_THE_BEST * cosine for key, cosine in cosines.items()}, chunks)


def _of_all(known: Mapping[int, float], chunks: Iterable[int]) -> dict[int, float]:
    usual = _usual(known.values())
    return {key: known.get(key, usual) for key in chunks}


def _usual(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0
