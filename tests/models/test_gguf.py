"""The header of a GGUF file: read as the `gguf` package of llama.cpp reads it, and refused where it is unsound."""

import struct
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter

from app.domain.errors import ModelFault
from app.models.gguf import Counted, read_header
from app.models.packs import starter_generator


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file with a key of each kind and two tensors."""
    path = tmp_path / "small.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_head_count_kv([4, 0])
    writer.add_token_list(["a", "ß", "c"])
    writer.add_array("long", list(range(5_000)))
    writer.add_bool("yes", True)
    writer.add_tensor("token_embd.weight", np.ones((3, 32), dtype=np.float16))
    writer.add_tensor("output_norm.weight", np.ones(32, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def reason(path: Path) -> str:
    with pytest.raises(ModelFault) as caught:
        read_header(path)
    assert path.name in caught.value.summary
    return caught.value.reason


def test_keys_and_shape(small: Path) -> None:
    header = read_header(small)
    assert header.architecture == "llama"
    assert header.shape == {"block_count": 2, "attention.head_count_kv": [4, 0]}
    assert header.metadata["tokenizer.ggml.tokens"] == Counted(3)
    assert header.metadata["long"] == Counted(5_000)
    assert header.metadata["yes"] is True


def test_the_starter_model_as_its_makers_reader_sees_it() -> None:
    path = starter_generator().model
    ours, theirs = read_header(path), GGUFReader(path)
    seen = {t.name: (t.tensor_type.name, tuple(t.shape), t.data_offset, t.n_bytes) for t in theirs.tensors}
    assert {t.name: (t.type, t.shape, t.offset, t.size) for t in ours.tensors} == seen
    assert ours.size == path.stat().st_size


@pytest.mark.parametrize("kept", [0, 3])
def test_too_short_for_anything(small: Path, kept: int) -> None:
    small.write_bytes(small.read_bytes()[:kept])
    assert reason(small) == "not_gguf"


def test_cut_anywhere(small: Path) -> None:
    whole = small.read_bytes()
    for kept in range(4, len(whole), 7):
        small.write_bytes(whole[:kept])
        assert reason(small) == "truncated", kept


@pytest.mark.parametrize("version", [0, 1, 4, 3 << 24])
def test_other_versions(small: Path, version: int) -> None:
    data = small.read_bytes()
    small.write_bytes(data[:4] + struct.pack("<I", version) + data[8:])
    assert reason(small) == "version"


@pytest.mark.parametrize("place", [8, 16])
@pytest.mark.parametrize("count", [1 << 21, 1 << 63, (1 << 64) - 1])
def test_absurd_counts(small: Path, place: int, count: int) -> None:
    data = small.read_bytes()
    small.write_bytes(data[:place] + struct.pack("<Q", count) + data[place + 8 :])
    assert reason(small) == "damaged"


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "twice.gguf"
    entry = struct.pack("<Q", 3) + b"key" + struct.pack("<II", 4, 7)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + entry + entry)
    assert reason(path) == "damaged"


def test_tensors_that_lie_on_one_another(small: Path) -> None:
    data = small.read_bytes()
    # The name, one dimension of 32, the type, and then the offset.
    place = data.index(b"output_norm.weight") + len(b"output_norm.weight") + 4 + 8 + 4
    small.write_bytes(data[:place] + struct.pack("<Q", 0) + data[place + 8 :])
    assert reason(small) == "damaged"


def test_a_missing_file(tmp_path: Path) -> None:
    assert reason(tmp_path / "gone.gguf") == "unreadable"
