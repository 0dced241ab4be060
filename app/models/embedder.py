"""Texts to vectors, whatever runs the model: one tokenizer, one order of steps and one canary for every runtime."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.models.batches import TOKEN_BUDGET, EmbeddedBatch, Encoded, Row, by_length, computed
from app.models.canary import check_canary, read_canary
from app.models.first_use import FirstUse
from app.models.packs import Encoder, ServedEncoder
from app.models.pooling import first_components, normalised
from app.models.word_vectors import QuestionVectors, signs, words_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Engine(Protocol):
    """A loaded model. Safe to use from any thread."""

    def encode(self, rows: Sequence[Row]) -> Encoded:
        """Return the vectors of rows, and of their words.

        Args:
            rows: at least one; padded to the longest they have at most `TOKEN_BUDGET` tokens, unless it is one row.

        Raises:
            EnvironmentFault: the model does not work.
        """

    def close(self) -> None:
        """Give back what it holds."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: "Tokenizer"
    engine: Engine


class Embedder:
    """Turns texts into vectors. Loads at its first use; safe to use from any thread, several at once.

    Args:
        model: which it is.
        load: checks its files, and loads it.
        at_once: batches computed at once.
        dimensions: that its vectors are cut to, one of `EmbedderPack.sizes`; None = the full ones.
    """

    def __init__(self, model: Encoder, load: Callable[[], Engine], at_once: int, dimensions: int | None = None) -> None:
        self._model = model
        self._recipe = replace(model.recipe, dimensions=dimensions or model.recipe.dimensions)
        self._load = load
        self._at_once = at_once
        self._use = FirstUse(self._loaded)

    @property
    def id(self) -> str:
        """By which the model is named in commands."""
        return self._model.id

    @property
    def name(self) -> str:
        """The model's name, for people, with the dimensions where its vectors are cut."""
        cut = self.dimensions < self._model.recipe.dimensions
        return f"{self._model.name}, {self.dimensions} dimensions" if cut else self._model.name

    @property
    def stand_in(self) -> bool:
        """Whether it is there so that Lectern works at once, and a better one is worth installing."""
        return self._model.stand_in

    @property
    def served(self) -> bool:
        """Whether another program computes the vectors, to which the texts are sent."""
        return isinstance(self._model, ServedEncoder)

    @property
    def loaded(self) -> bool:
        """Whether its memory is taken already."""
        return self._use.loaded

    @property
    def recipe(self) -> Recipe:
        """What is done to a text before and after the model."""
        return self._recipe

    @property
    def dimensions(self) -> int:
        """Components of a vector."""
        return self._recipe.dimensions

    @property
    def model_hash(self) -> str:
        """What tells the model from all others: SHA-256 of its file, hexadecimal. Another file is not loaded."""
        return self._model.sha256

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text, in order, as the recipe says for documents: shape (texts, dimensions).

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        return self._embed(self.recipe.document_prefix, texts)

    def embed_batches(self, texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        """Do so batch by batch, as they are ready, the longest texts first. Closing the iterator stops the work.

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        return _batches(self._use.get(), self.dimensions, self.recipe.document_prefix, texts, self._at_once)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each question, in order, as the recipe says for queries: shape (texts, dimensions).

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        return self._embed(self.recipe.query_prefix, texts)

    def embed_question(self, question: str) -> QuestionVectors:
        """Return the vector of a question, and of its words.

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        from app.models import tokenizing

        loaded, prefix = self._use.get(), self.recipe.query_prefix
        (row,) = tokenizing.rows(loaded.tokenizer, [prefix + question], len(prefix))
        encoded = loaded.engine.encode([row])
        vector = first_components(encoded.vectors, self.dimensions)[0]
        words = tuple(word.lower() for word in words_of(row.text[len(prefix) :]))[: len(row.words)]
        return QuestionVectors(vector, words, normalised(encoded.words[0]) if encoded.words else None)

    def vectors_unchecked(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts with the prefixes that they have, by a model that has no canary yet.

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        loaded = self._uncertain()
        try:
            return _vectors(loaded, self.dimensions, "", texts, self._at_once)
        finally:
            loaded.engine.close()

    def close(self) -> None:
        """Give back what the model holds. The next use loads it again."""
        loaded = self._use.take()
        if loaded is not None:
            loaded.engine.close()

    def _embed(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return _vectors(self._use.get(), self.dimensions, prefix, texts, self._at_once)

    def _uncertain(self) -> _Loaded:
        from app.models import tokenizing

        tokenizer = tokenizing.load(self._model.vocabulary, self.recipe.truncation)
        return _Loaded(tokenizer, self._load())

    def _loaded(self) -> _Loaded:
        loaded = self._uncertain()
        try:
            canary = read_canary(self._model.canary)
            vectors = _vectors(loaded, self._model.recipe.dimensions, "", canary.sent(self.recipe), self._at_once)
            check_canary(canary, vectors, self.name)
        except BaseException:
            loaded.engine.close()
            raise
        return loaded


def _vectors(loaded: _Loaded, dimensions: int, prefix: str, texts: Sequence[str], at_once: int) -> NDArray[np.float32]:
    vectors = np.empty((len(texts), dimensions), dtype=np.float32)
    for batch in _batches(loaded, dimensions, prefix, texts, at_once):
        vectors[batch.places] = batch.vectors
    return vectors


def _batches(
    loaded: _Loaded, dimensions: int, prefix: str, texts: Sequence[str], at_once: int
) -> Generator[EmbeddedBatch, None, None]:
    from app.models import tokenizing

    rows = tokenizing.rows(loaded.tokenizer, [prefix + text for text in texts], len(prefix))
    lengths = [len(row.ids) for row in rows]

    def compute(places: list[int]) -> EmbeddedBatch:
        encoded = loaded.engine.encode([rows[place] for place in places])
        vectors = first_components(encoded.vectors, dimensions)
        kept = [signs(of_row) for of_row in encoded.words] if encoded.words else [b""] * len(places)
        return EmbeddedBatch(places, vectors, sum(lengths[place] for place in places), kept)

    yield from computed(by_length(lengths, TOKEN_BUDGET), compute, at_once, "embedder")
