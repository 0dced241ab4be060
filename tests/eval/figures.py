"""Figures over questions: all of them, and each half by itself."""

from collections.abc import Sequence
from math import log2

from sets import Question

Figures = dict[str, float]


def ranking(question: Question, places: Sequence[tuple[str, int]]) -> Figures:
    """Score the places found, best first and none twice: hit@1, hit@5 and binary nDCG@10."""
    hits = [place in question.places for place in places[:10]]
    gain = sum(1 / log2(rank + 2) for rank, hit in enumerate(hits) if hit)
    best = sum(1 / log2(rank + 2) for rank in range(min(10, len(question.places))))
    return {"hit@1": float(any(hits[:1])), "hit@5": float(any(hits[:5])), "nDCG@10": gain / best}


def report(title: str, rows: Sequence[tuple[Question, Figures]]) -> Figures:
    """Print the mean of each figure, over all questions and by half; return those over all."""
    means = _means([figures for _, figures in rows])
    halves = [_means([figures for question, figures in rows if question.half == half]) for half in (0, 1)]
    print(f"{title} ({len(rows)} questions)")
    for name, value in means.items():
        by_half = " / ".join(f"{half[name]:.3f}" for half in halves if half)
        print(f"  {name:28} {value:.3f}   halves {by_half}")
    return means


def percentiles(seconds: Sequence[float]) -> str:
    """Return the median and the 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    at = [ordered[min(int(share * len(ordered)), len(ordered) - 1)] for share in (0.5, 0.95)]
    return f"{1000 * at[0]:.0f} ms median, {1000 * at[1]:.0f} ms p95"


def _means(rows: Sequence[Figures]) -> Figures:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]} if rows else {}
