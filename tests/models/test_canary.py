"""The canary passes a change of precision and stops a wrong model."""

import numpy as np
import pytest

from app.domain.errors import EnvironmentFault
from app.models.canary import Canary, check_canary, read_canary
from app.models.packs import starter_embedder
from app.models.pooling import normalised


@pytest.fixture
def canary() -> Canary:
    return read_canary(starter_embedder().canary)


def test_the_stored_vectors_fit_the_recipe(canary: Canary) -> None:
    assert canary.vectors.shape == (len(canary.texts), starter_embedder().recipe.dimensions)
    assert np.linalg.norm(canary.vectors, axis=1) == pytest.approx(1.0, abs=1e-3)


def test_a_change_of_precision_passes(canary: Canary) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.002, canary.vectors.shape).astype(np.float32)
    check_canary(canary, normalised(canary.vectors + noise), "model")


def test_one_wrong_vector_is_enough_to_stop(canary: Canary) -> None:
    vectors = canary.vectors.copy()
    vectors[-1] = vectors[0]
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        check_canary(canary, vectors, "model")


@pytest.mark.parametrize("filling", [np.nan, 0.0])
def test_vectors_of_nothing_are_stopped(canary: Canary, filling: float) -> None:
    with pytest.raises(EnvironmentFault):
        check_canary(canary, np.full_like(canary.vectors, filling), "model")
