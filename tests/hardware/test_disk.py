"""The disk of the models: what is free, and how fast it is read."""

import sys
from pathlib import Path

import pytest

from app.hardware.disk import disk


def test_what_is_free_is_told_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    found = disk(tmp_path / "not" / "yet", None)
    assert isinstance(found["free"].value, int)
    assert found["read_bytes_per_s"].value is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets what was read before be forgotten")
def test_the_speed_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(bytes(16 << 20))
    speed = disk(tmp_path, path)["read_bytes_per_s"]
    assert speed.origin == "measured"
    assert isinstance(speed.value, float)
    assert 1e6 < speed.value < 1e12


def test_too_small_a_file_and_a_missing_one_tell_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    for sample in (path, tmp_path / "gone"):
        assert disk(tmp_path, sample)["read_bytes_per_s"].value is None
