"""Question and passages to scores, by a model that reads both together: a cross-encoder."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import ceil
from time import thread_time
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from app.jobs.cancel import CancelToken
from app.models.batches import by_length, computed
from app.models.files import check_hash, require_file, sha256_of
from app.models.first_use import FirstUse
from app.models.packs import RerankerPack
from app.models.pair_canary import PairCanary, check_pair_canary, read_pair_canary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from app.models.tokenizing import Pair


PASSAGES = 20
"""Of a question: the leading ones of a search, of which the best are among the first 20 nearly always."""

# Tokens in a batch: so every pair is one of its own. With weights in 8 bits, results are rounded by the largest number
# of a batch: neighbours would move a score by up to 0.23 of the standard deviation. And batches of 384 tokens are no
# faster (5,700 tokens/s on two cores, against 5,900).
_ALONE = 1


class PairEngine(Protocol):
    """A loaded model. Safe to use from any thread."""

    def score(self, pair: "Pair") -> float:
        """Return the score of a pair.

        Raises:
            EnvironmentFault: the model does not work.
        """


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: "Tokenizer"
    engine: PairEngine


def ignore(_seconds: float) -> None:
    """Keep no time."""


class Reranker:
    """Says how well passages answer a question. Loads at its first use; safe to use from any thread.

    Args:
        pack: the model.
        load: loads it.
        at_once: passages looked at at once.
        took: is told, after each question, how many seconds one of `PASSAGES` takes.
    """

    def __init__(
        self,
        pack: RerankerPack,
        load: Callable[[RerankerPack], PairEngine],
        at_once: int,
        took: Callable[[float], None] = ignore,
    ) -> None:
        self._pack = pack
        self._load = load
        self._at_once = at_once
        self._took = took
        self._model = FirstUse(self._loaded)

    @property
    def id(self) -> str:
        """By which the model is named in commands."""
        return self._pack.id

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self._pack.name

    @property
    def loaded(self) -> bool:
        """Whether its memory is taken already."""
        return self._model.loaded

    @property
    def model_hash(self) -> str:
        """SHA-256 of the model file, hexadecimal. Another file is not loaded."""
        return self._pack.sha256

    def scores(self, question: str, passages: Sequence[str], cancel: CancelToken) -> NDArray[np.float32]:
        """Return a score for each passage, in order: shape (passages,).

        A score is the model's own, before any sigmoid (a logit): higher is better, of any size and sign, and comparable
        between all questions and passages of one model, not with that of another.

        Args:
            question: what is asked.
            passages: what may answer it; cut to what the model reads, as `app.models.tokenizing.pairs` says.
            cancel: ends it between two passages.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: the model cannot be loaded or does not work.
            ModelFault: its canary is damaged.
        """
        from app.models import tokenizing

        cancel.check()
        loaded = self._model.get()
        pairs = tokenizing.pairs(loaded.tokenizer, question, passages, self._pack.truncation)
        scores = np.empty(len(pairs), dtype=np.float32)

        def compute(places: list[int]) -> float:
            # Time of the processor: what other work takes beside does not count.
            began = thread_time()
            for place in places:
                scores[place] = loaded.engine.score(pairs[place])
            return thread_time() - began

        batches = by_length([len(pair.ids) for pair in pairs], _ALONE)
        with closing(computed(batches, compute, self._at_once, "reranker")) as work:
            seconds = 0.0
            for spent in work:
                cancel.check()
                seconds += spent
        if pairs:
            self._took(seconds / len(pairs) * ceil(PASSAGES / self._at_once))
        return scores

    def close(self) -> None:
        """Give back what the model holds. The next use loads it again."""
        self._model.take()

    def _loaded(self) -> _Loaded:
        from app.models import tokenizing

        check_hash(self._pack.model, sha256_of(self._pack.model), self._pack.sha256)
        require_file(self._pack.vocabulary)
        tokenizer = tokenizing.load(self._pack.vocabulary, self._pack.truncation)
        engine = self._load(self._pack)
        canary = read_pair_canary(self._pack.canary)
        check_pair_canary(canary, canary_scores(canary, tokenizer, self._pack.truncation, engine), self.name)
        return _Loaded(tokenizer, engine)


def canary_scores(
    canary: PairCanary, tokenizer: "Tokenizer", truncation: int, engine: PairEngine
) -> NDArray[np.float32]:
    """Return the scores that a model gives to the pairs of a canary."""
    from app.models import tokenizing

    pairs = (tokenizing.pairs(tokenizer, question, [passage], truncation) for question, passage in canary.pairs)
    return np.array([engine.score(pair) for (pair,) in pairs], dtype=np.float32)
