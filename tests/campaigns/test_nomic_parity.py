"""A small sample of the campaign `nomic_parity`: the same architecture, narrow."""

from pathlib import Path

import pytest


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_every_runtime_gives_the_vectors_of_the_original_in_every_size(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra `sentence-transformers` is not installed")
    pytest.importorskip("llama_cpp", reason="there was no C++ compiler to build llama-cpp-python with")
    from nomic_parity import outcomes
    from parity_texts import parity_texts

    found = list(outcomes(parity_texts(24), 192, 2, tmp_path))
    assert len(found) == 6 * 3
    assert {one.dimensions for one in found} == {192, 128, 64}
    assert all(one.lowest >= one.bar for one in found), found
