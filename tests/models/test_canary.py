"""The canary passes a change of precision and stops a wrong model."""

from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import EnvironmentFault
from app.models.canary import Canary, check_canary, read_canary
from app.models.packs import starter_embedder
from app.models.pair_canary import PAIR_PROBES, PairCanary, check_pair_canary, read_pair_canary, write_pair_canary
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


SCORES = np.linspace(-5.0, 8.0, len(PAIR_PROBES), dtype=np.float32)


def test_pairs_are_stored_to_the_last_digit(tmp_path: Path) -> None:
    path = tmp_path / "canary.json"
    scores = (SCORES / np.float32(3)).astype(np.float32)
    write_pair_canary(path, PAIR_PROBES, scores)
    found = read_pair_canary(path)
    assert found.pairs == PAIR_PROBES
    assert np.array_equal(found.scores, scores)


@pytest.mark.parametrize("scores", [SCORES + 0.3, SCORES * 1.05])
def test_scores_of_another_precision_pass(scores: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    check_pair_canary(PairCanary(PAIR_PROBES, SCORES), scores, "model")


@pytest.mark.parametrize("wrong", [SCORES + 2, SCORES[::-1], SCORES * 1.5, SCORES * np.nan, SCORES * 0])
def test_wrong_scores_are_stopped(wrong: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    with pytest.raises(EnvironmentFault, match="wrong scores"):
        check_pair_canary(PairCanary(PAIR_PROBES, SCORES), wrong, "model")


def test_a_model_that_gives_everything_the_same_score_is_stopped() -> None:
    same = np.ones_like(SCORES)
    with pytest.raises(EnvironmentFault, match="wrong scores"):
        check_pair_canary(PairCanary(PAIR_PROBES, same), same, "model")
