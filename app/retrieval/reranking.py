"""What a search uses of a model that reads question and passage together, and how its scores are counted in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.answers import Passage
from app.jobs.cancel import CancelToken
from app.library.contents import embedding_text
from app.models.reranker import PASSAGES

SHARE = 0.5
"""Of the reranker in the score. Half is a guess: no trained cross-encoder was at hand to choose it by."""


class Reranker(Protocol):
    """Says how well passages answer a question. Any thread may use it."""

    def scores(self, question: str, passages: Sequence[str], cancel: CancelToken) -> NDArray[np.float32]:
        """Return a score for each passage, in order: higher is better, comparable within one model only.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: the model cannot be loaded or does not work.
            ModelFault: it is damaged.
        """


def reranked(reranker: Reranker, question: str, passages: Sequence[Passage], cancel: CancelToken) -> list[Passage]:
    """Rank the leading passages anew, and leave the rest behind them.

    What a model's scores mean, others do not know: they are stretched to the mean and the standard deviation that the
    scores of the same passages have so far, and only then counted in. So scores keep their size, whatever the model.

    Args:
        reranker: scores the leading ones.
        question: what is looked for.
        passages: best first.
        cancel: stops it.

    Raises:
        Cancelled, EnvironmentFault, ModelFault: as `Reranker.scores`.
    """
    leading, rest = passages[:PASSAGES], passages[PASSAGES:]
    texts = [embedding_text(passage.chunk.heading, passage.chunk.text) for passage in leading]
    found = np.asarray(reranker.scores(question, texts, cancel), dtype=np.float64)
    before = np.array([passage.score for passage in leading])
    spread = found.std()
    if not spread:
        return list(passages)
    stretched = before.mean() + (found - found.mean()) * before.std() / spread
    scores = (1 - SHARE) * before + SHARE * stretched
    ranked = [replace(leading[place], score=float(scores[place])) for place in np.argsort(-scores, kind="stable")]
    lowered = max(0.0, rest[0].score - ranked[-1].score) if rest else 0.0
    return [*ranked, *(replace(passage, score=passage.score - lowered) for passage in rest)]
