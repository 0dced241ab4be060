"""From the vectors of a text's tokens to the vector of the text, as a recipe says."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe

# As in `torch.nn.functional.layer_norm`, which the authors of Matryoshka models call.
_LAYER_NORM_EPSILON = 1e-5
_SMALLEST_LENGTH = 1e-12


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token numbers and mask, each of shape (rows, tokens of the longest); padding is 0 in both."""
    shape = (len(rows), max(len(row) for row in rows))
    ids = np.zeros(shape, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return ids, mask


def text_vectors(hidden: NDArray[np.float32], mask: NDArray[np.int64], recipe: Recipe) -> NDArray[np.float32]:
    """Turn the model's output into one vector a text: pool, layer norm, cut, normalise, in this order.

    Args:
        hidden: last hidden state, shape (texts, tokens, components).
        mask: 1 for a token, 0 for padding, shape (texts, tokens).
        recipe: which steps are taken.

    Returns:
        Shape (texts, ``recipe.dimensions``).

    Raises:
        EnvironmentFault: the model has fewer components than the recipe keeps.
    """
    if hidden.shape[2] < recipe.dimensions:
        raise EnvironmentFault(
            f"The model gives vectors of {hidden.shape[2]} components, and its recipe keeps {recipe.dimensions}.",
            "Install the model again.",
        )
    vectors = hidden[:, 0] if recipe.pooling == "cls" else mean_of_tokens(hidden, mask)
    if recipe.layer_norm:
        vectors = layer_norm(vectors)
    vectors = vectors[:, : recipe.dimensions]
    return normalised(vectors) if recipe.normalise else np.ascontiguousarray(vectors)


def first_components(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """Cut vectors of length 1 to the first ``dimensions``, and scale them to length 1 again.

    Of a Matryoshka model these are the vectors of a recipe with fewer dimensions, since scaling does not turn a vector.
    """
    return vectors if vectors.shape[1] == dimensions else normalised(vectors[:, :dimensions])


def mean_of_tokens(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """Average over the tokens of each text, padding left out: (texts, tokens, components) to (texts, components)."""
    weights = mask.astype(np.float32)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    pooled: NDArray[np.float32] = np.matmul(weights[:, np.newaxis, :], hidden)[:, 0]
    return pooled


def layer_norm(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the components of each vector mean 0 and variance 1, without weights (Ba et al. 2016, equation 3)."""
    centred = vectors - vectors.mean(axis=1, keepdims=True)
    variance = np.square(centred).mean(axis=1, keepdims=True)
    scaled: NDArray[np.float32] = centred / np.sqrt(variance + _LAYER_NORM_EPSILON)
    return scaled


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each vector to length 1; a zero vector stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(_SMALLEST_LENGTH))
    return scaled
