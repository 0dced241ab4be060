"""A few pairs of question and passage with the scores they must get: the canary of a reranker."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.canary import PROBES, read_entries, wrong

_RENT, _, _CAPITALS, _IDEOGRAPHS, _NUMBERS, _LONG = (text for text, _ in PROBES)
_LONG_QUESTION = "The landlord asks who pays for the repair of the roof, the boiler and the windows of the house. " * 15

PAIR_PROBES: tuple[tuple[str, str], ...] = (
    ("When must the tenant pay the rent?", _RENT),
    ("When must the tenant pay the rent?", _NUMBERS),
    ("How long is the notice period?", "Either party may end the agreement with ninety days' notice in writing."),
    ("How long is the notice period?", "Cats sleep for most of the day."),
    ("WHO SIGNED THE RÉSUMÉ OF MADAME NAÏVE?", _CAPITALS),
    ("賃貸契約はいつ終了しますか。", _IDEOGRAPHS),
    ("What is the total of order AB-1234?", _NUMBERS),
    # Both are longer than half of what most models read.
    (_LONG_QUESTION, _LONG),
    ("Who played the violin?", _LONG),
    ("Who played the violin?", ""),
)
"""Pairs by which a model that comes without a canary is checked."""

# A difference is told as a share of the standard deviation of the stored scores, since every model has a scale of its
# own: 8-bit weights of MiniLM make 0.11, lost capitals or diacritics above 2, ideographs that are not split 0.9, a
# passage that is left out 1.4 (measured).
LARGEST_DIFFERENCE = 0.3


@dataclass(frozen=True, slots=True)
class PairCanary:
    """Pairs of question and passage, and the scores that they get, shape (pairs,)."""

    pairs: tuple[tuple[str, str], ...]
    scores: NDArray[np.float32]


def read_pair_canary(path: Path) -> PairCanary:
    """Read ``{"pairs": [{"question", "passage", "score"}]}``.

    Raises:
        ModelFault: it holds something else (reason ``canary``).
    """
    return read_entries(path, "pairs", _canary)


def write_pair_canary(path: Path, pairs: Sequence[tuple[str, str]], scores: NDArray[np.float32]) -> None:
    """Store pairs with their scores as `read_pair_canary` reads them.

    Raises:
        OSError: the file cannot be written.
    """
    entries = [
        {"question": question, "passage": passage, "score": float(score)}
        for (question, passage), score in zip(pairs, scores, strict=True)
    ]
    path.write_text(json.dumps({"pairs": entries}), "utf-8")


def check_pair_canary(
    canary: PairCanary, scores: NDArray[np.float32], model: str, largest: float = LARGEST_DIFFERENCE
) -> None:
    """Compare the scores of a model with the stored ones.

    Args:
        canary: the pairs with their scores.
        scores: of the model for these pairs.
        model: its name.
        largest: difference that is let pass, as a share of the standard deviation of the stored scores.

    Raises:
        EnvironmentFault: one differs by more than a change of precision explains.
    """
    spread = float(canary.scores.std())
    difference = float(np.abs(scores - canary.scores).max())
    # A score that is no number fails too.
    if not (spread > 0 and difference <= largest * spread):
        raise wrong(
            f"The model {model} computes wrong scores on this computer, so the order that it gives to passages",
            f"largest difference {difference:.4f}, standard deviation of the right scores {spread:.4f}",
        )


def _canary(entries: list[Any]) -> PairCanary:
    pairs = tuple((entry["question"], entry["passage"]) for entry in entries)
    numbers = [entry["score"] for entry in entries]
    if len(pairs) < 2 or not all(isinstance(text, str) for pair in pairs for text in pair):
        raise ValueError("not pairs of texts")
    if not all(type(number) is float and np.isfinite(number) for number in numbers):
        raise ValueError("a score that is none")
    return PairCanary(pairs, np.array(numbers, dtype=np.float32))
