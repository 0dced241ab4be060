"""What a search uses of a model that reads question and passage together."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.jobs.cancel import CancelToken


class Reranker(Protocol):
    """Says how well passages answer a question. Any thread may use it."""

    def scores(self, question: str, passages: Sequence[str], cancel: CancelToken) -> NDArray[np.float32]:
        """Return a score for each passage, in order: higher is better, comparable within one model only.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: the model cannot be loaded or does not work.
        """
