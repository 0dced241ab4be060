"""Embedding on a server: an Ollama by its official client, or one that speaks OpenAI's protocol.

Neither is trusted with more than the model. Texts are cut, and given their prefixes, here; what comes back is brought
to the recipe's form here; and the canary tells whether the right vectors come back (Ollama 0.13 to 0.30 took all
capitals for one unknown word, #13942, and has lost diacritics, #15609).
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.models.batches import Encoded, Row
from app.models.embedder import Embedder
from app.models.packs import ServedEncoder, ServedModel
from app.models.pooling import layer_norm, normalised
from app.models.runtimes import ollama_server, openai_server
from app.models.runtimes.served import no_vectors, reaching
from app.security.policy import ServerKind

_AT_ONCE = 2  # requests


class ServedEmbedder(Embedder):
    """A model on a server.

    Args:
        model: which it is.
        dimensions: of its vectors; None = the full ones.
    """

    def __init__(self, model: ServedEncoder, dimensions: int | None = None) -> None:
        super().__init__(model, partial(_Engine, model.served, model.recipe), _AT_ONCE, dimensions)


class _Engine:
    def __init__(self, served: ServedModel, recipe: Recipe) -> None:
        self._served = served
        self._recipe = recipe

    def encode(self, rows: Sequence[Row]) -> Encoded:
        """Have the server embed texts. It gives the vectors of whole texts only."""
        # Some servers refuse an empty text, and to a model a space is none.
        return Encoded(in_form(vectors_of(self._served, [row.text or " " for row in rows]), self._recipe), None)

    def close(self) -> None:
        """Leave the model to its server."""


def in_form(vectors: NDArray[np.float32], recipe: Recipe) -> NDArray[np.float32]:
    """Bring pooled vectors, of whatever length, to the form of a recipe: shape (texts, ``recipe.dimensions``).

    A layer norm of what was scaled to length 1 before has the direction that it would have had.
    """
    full = layer_norm(vectors) if recipe.layer_norm else vectors
    return normalised(full[:, : recipe.dimensions])


def vectors_of(served: ServedModel, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return what the server gives for texts: shape (texts, components).

    Raises:
        EnvironmentFault: it does not answer, refuses, or gives something else.
    """
    ask = ollama_server.embed if served.server.kind is ServerKind.OLLAMA else openai_server.embed
    with reaching(served.server):
        found = ask(served, texts)
    try:
        vectors = np.array(found, dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise no_vectors(served, repr(error)) from error
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise no_vectors(served, f"shape {vectors.shape} for {len(texts)} texts")
    return vectors
