"""A small sample of the campaign `over_commit`."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from over_commit import GROUPS, run


def _boxes_can_be_made() -> bool:
    root = next((root for root in GROUPS.values() if root.is_dir()), None)
    return root is not None and os.access(root, os.W_OK)


@pytest.mark.skipif(find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed")
@pytest.mark.skipif(not _boxes_can_be_made(), reason="control groups of memory cannot be made here: that needs root")
def test_the_starter_is_refused_where_it_does_not_fit_and_answers_where_it_does(tmp_path: Path) -> None:
    assert run([0.4, 0.8], (), tmp_path) == 2
