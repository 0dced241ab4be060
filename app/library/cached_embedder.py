"""An embedder with the vectors that it has made before."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.jobs.cancel import CancelToken
from app.library.embeddings import EmbeddingCache
from app.library.ledger import Ledger
from app.library.scale import STARTER, Scale, measured
from app.models.batches import EmbeddedBatch
from app.models.word_vectors import QuestionVectors

Vector = NDArray[np.float32]

_STORED = 64  # vectors at a time


class LibraryEmbedder(Protocol):
    """Turns texts into vectors of length 1. Any thread may use it."""

    @property
    def name(self) -> str:
        """What people call the model."""

    @property
    def model_hash(self) -> str:
        """SHA-256 of the model file, hexadecimal."""

    @property
    def recipe(self) -> Recipe:
        """What is done around the model."""

    @property
    def served(self) -> bool:
        """Whether another program computes the vectors, to which the texts are sent."""

    @property
    def stand_in(self) -> bool:
        """Whether it is the starter embedder."""

    def embed_batches(self, texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        """Yield the vectors of ``texts`` batch by batch, in any order. Closing the generator stops the work."""

    def embed_question(self, question: str) -> QuestionVectors:
        """Return the vector of a question, and of its words."""

    def close(self) -> None:
        """Give back the memory that it takes. The next use loads it again."""


class CachedEmbedder:
    """Embeds the chunks of a library, each text once.

    Attributes:
        model: makes the vectors.
    """

    def __init__(self, model: LibraryEmbedder, ledger: Ledger) -> None:
        self.model = model
        self._ledger = ledger

    @property
    def key(self) -> str:
        """Tells its vectors from those of every other model and recipe."""
        return key_of(self.model)

    @cached_property
    def cache(self) -> EmbeddingCache:
        """The vectors that it has made before."""
        return EmbeddingCache(self._ledger, self.model.model_hash, self.model.recipe.key)

    @cached_property
    def scale(self) -> Scale:
        """Where its similarities lie. Measured at the first use in a library, which takes some seconds.

        Raises:
            EnvironmentFault: the model cannot be used.
        """
        if self.model.stand_in:
            return STARTER
        scale = self.cache.scale()
        if scale is None:
            scale = measured(self.model)
            self.cache.keep_scale(scale)
        return scale

    def embed(
        self, texts: Mapping[str, str], cancel: CancelToken, tell: Callable[[Sequence[str], int], None]
    ) -> Iterator[dict[str, Vector]]:
        """Embed texts, and yield their vectors, some at a time, once they are stored: SHA-256 of the text → vector.

        Args:
            texts: SHA-256 of the text → the text.
            cancel: ends it; what was embedded is stored.
            tell: is told the SHA-256 of the texts that were just embedded, and how many tokens they are.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: the model cannot be used, or the disk is in the way.
        """
        hashes = list(texts)
        fresh: dict[str, Vector] = {}
        signs: dict[str, bytes] = {}
        with closing(self.model.embed_batches(list(texts.values()))) as batches:
            try:
                for batch in batches:
                    now = [hashes[place] for place in batch.places]
                    fresh |= zip(now, batch.vectors, strict=True)
                    signs |= zip(now, batch.signs, strict=True)
                    tell(now, batch.tokens)
                    if len(fresh) >= _STORED:
                        self.cache.keep(fresh, signs)
                        yield fresh
                        fresh, signs = {}, {}
                    cancel.check()
            finally:
                self.cache.keep(fresh, signs)
        yield fresh


def key_of(model: LibraryEmbedder) -> str:
    """Return what tells an embedder's vectors from those of every other model and recipe."""
    return f"lectern-{model.model_hash[:16]}-{model.recipe.key}"
