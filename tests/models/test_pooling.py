"""The steps of a recipe, one by one and in the order that nomic-embed-text and other Matryoshka models need."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models.pooling import first_components, layer_norm, mean_of_tokens, normalised, text_vectors

PLAIN = Recipe(
    document_prefix="",
    query_prefix="",
    pooling="mean",
    layer_norm=False,
    normalise=False,
    dimensions=8,
    truncation=512,
)
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]], dtype=np.int64)


@pytest.fixture
def hidden() -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(2.0, 3.0, size=(2, 5, 8)).astype(np.float32)


def test_the_mean_leaves_padding_out(hidden: NDArray[np.float32]) -> None:
    expected = [hidden[0].mean(axis=0), hidden[1, :2].mean(axis=0)]
    assert mean_of_tokens(hidden, MASK) == pytest.approx(np.array(expected), abs=1e-5)
    assert text_vectors(hidden, MASK, PLAIN) == pytest.approx(np.array(expected), abs=1e-5)


def test_a_text_of_padding_alone_is_zero_and_not_nan(hidden: NDArray[np.float32]) -> None:
    vectors = text_vectors(hidden, np.zeros_like(MASK), replace(PLAIN, normalise=True))
    assert (vectors == 0).all()


def test_cls_is_the_first_token(hidden: NDArray[np.float32]) -> None:
    assert np.array_equal(text_vectors(hidden, MASK, replace(PLAIN, pooling="cls")), hidden[:, 0])


def test_layer_norm_centres_and_scales_each_vector() -> None:
    # By hand: mean 2, variance (1 + 0 + 1) / 3.
    expected = np.array([[-1.0, 0.0, 1.0]]) / np.sqrt(2 / 3 + 1e-5)
    assert layer_norm(np.array([[1.0, 2.0, 3.0]], dtype=np.float32)) == pytest.approx(expected, abs=1e-6)


def test_normalised_vectors_have_length_one(hidden: NDArray[np.float32]) -> None:
    assert np.linalg.norm(normalised(hidden[:, 0]), axis=1) == pytest.approx(1.0, abs=1e-6)


def test_layer_norm_comes_before_the_cut_and_the_length_after(hidden: NDArray[np.float32]) -> None:
    recipe = replace(PLAIN, layer_norm=True, normalise=True, dimensions=4)
    vectors = text_vectors(hidden, MASK, recipe)
    pooled = mean_of_tokens(hidden, MASK)
    assert vectors == pytest.approx(normalised(layer_norm(pooled)[:, :4]), abs=1e-6)
    # The other order is another vector: the check can fail.
    assert not np.allclose(vectors, normalised(layer_norm(pooled[:, :4])), atol=1e-3)


def test_layer_norm_changes_vectors_of_full_length_too(hidden: NDArray[np.float32]) -> None:
    with_norm = text_vectors(hidden, MASK, replace(PLAIN, layer_norm=True, normalise=True))
    without = text_vectors(hidden, MASK, replace(PLAIN, normalise=True))
    assert not np.allclose(with_norm, without, atol=1e-3)


def test_a_model_with_too_few_components_is_refused(hidden: NDArray[np.float32]) -> None:
    with pytest.raises(EnvironmentFault, match="8 components"):
        text_vectors(hidden, MASK, replace(PLAIN, dimensions=9))


def test_what_is_cut_later_is_what_a_recipe_of_fewer_dimensions_gives() -> None:
    hidden = np.random.default_rng(3).standard_normal((3, 3, 8)).astype(np.float32)
    mask = np.ones((3, 3), dtype=np.int64)
    recipe = replace(PLAIN, layer_norm=True, normalise=True, dimensions=8)
    cut = first_components(text_vectors(hidden, mask, recipe), 4)
    assert np.linalg.norm(cut, axis=1) == pytest.approx(1.0, abs=1e-6)
    assert np.allclose(cut, text_vectors(hidden, mask, replace(recipe, dimensions=4)), atol=1e-6)
