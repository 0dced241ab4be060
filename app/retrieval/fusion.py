"""Two scores of a chunk into one."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

WORDS_WEIGHT = 0.4
"""Share of BM25 in the fused score; cosine similarity has the rest. Chosen on one half of the questions of squad, cuad
and scifact; from 0.2 to 0.5, hit@5 moves by less than two points on each (`lectern eval`)."""


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
    usual = fmean(meaning.values()) if meaning else 0.0
    fused = {}
    for key in words.keys() | meaning.keys():
        share = words.get(key, 0.0) / best
        score = WORDS_WEIGHT * share + (1 - WORDS_WEIGHT) * meaning.get(key, usual)
        fused[key] = Fused(score, share, meaning.get(key, 0.0))
    return fused
