"""GGUF files with random weights that llama.cpp loads and runs, of every family of the catalogue.

python tests/models/made_gguf.py FAMILY OUT.gguf [--weights Q4_K_M] [--narrow 8]
"""

import argparse
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Literal, get_args

import made_tokenizers
import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFWriter, LlamaFileType
from made_shapes import FAMILIES, Shape, Value, header_keys, tensors

Weights = Literal["F16", "Q8_0", "Q4_0", "Q4_K_M", "Q5_K_M"]

_Type = GGMLQuantizationType
# What most matrices are, what the more delicate ones are, and what is used where a row is no multiple of 256.
_MIXES: dict[Weights, tuple[_Type, _Type, _Type]] = {
    "F16": (_Type.F16, _Type.F16, _Type.F16),
    "Q8_0": (_Type.Q8_0, _Type.Q8_0, _Type.Q8_0),
    "Q4_0": (_Type.Q4_0, _Type.Q6_K, _Type.Q8_0),
    "Q4_K_M": (_Type.Q4_K, _Type.Q6_K, _Type.Q5_0),
    "Q5_K_M": (_Type.Q5_K, _Type.Q6_K, _Type.Q8_0),
}
_FILE_TYPES: dict[Weights, LlamaFileType] = {
    "F16": LlamaFileType.MOSTLY_F16,
    "Q8_0": LlamaFileType.MOSTLY_Q8_0,
    "Q4_0": LlamaFileType.MOSTLY_Q4_0,
    "Q4_K_M": LlamaFileType.MOSTLY_Q4_K_M,
    "Q5_K_M": LlamaFileType.MOSTLY_Q5_K_M,
}
# Where the scales of 16 bits lie in a block, and what they are, so that weights come out at about 0.02.
_SCALES: dict[_Type, dict[int, float]] = {
    _Type.Q8_0: {0: 3e-4},
    _Type.Q4_0: {0: 4e-3},
    _Type.Q5_0: {0: 2e-3},
    _Type.Q4_K: {0: 1.4e-4, 2: 1e-3},
    _Type.Q5_K: {0: 7e-5, 2: 1e-3},
    _Type.Q6_K: {208: 1.5e-5},
}
_PLAIN = ("norm", "ffn_gate_inp", "conv1d", "token_types", "position_embd", "altup_correct", "altup_predict", "router")
_PIECE = 1 << 22  # bytes of random blocks, which are repeated


def make(
    path: Path,
    family: str,
    *,
    weights: Weights = "Q4_K_M",
    narrow: int = 1,
    layers: int | None = None,
    vocabulary: int | None = None,
    seed: int = 0,
) -> Path:
    """Write a model.

    Args:
        path: of the new file.
        family: a name of `FAMILIES`.
        weights: how its matrices are stored.
        narrow: what width, heads and feed-forward are divided by.
        layers: fewer than the real model has.
        vocabulary: another size than the real one's.
        seed: of the weights.

    Returns:
        ``path``.
    """
    shape = FAMILIES[family].narrowed(narrow)
    if layers is not None:
        shape = replace(shape, layers=layers)
    if vocabulary is not None:
        shape = replace(shape, vocabulary=vocabulary)
    writer = GGUFWriter(path, shape.architecture)
    # Not the family's name: llama.cpp knows some by it and expects tokens that are not here.
    writer.add_name("made")
    writer.add_file_type(_FILE_TYPES[weights])
    for key, value in header_keys(shape).items():
        _add(writer, f"{shape.architecture}.{key}", value)
    made_tokenizers.add(writer, shape.tokenizer, shape.vocabulary, shape.split)
    typed = [(name, members, _type_of(name, members, weights, shape)) for name, members in tensors(shape)]
    for name, members, kind in typed:
        # The package names the outermost dimension first.
        dimensions = tuple(reversed(members))
        writer.add_tensor_info(name, dimensions, np.dtype(np.float32), _size(members, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    pool = _Pool(seed)
    for name, members, kind in typed:
        writer.write_tensor_data(pool.tensor(name, members, kind))
    writer.close()
    return path


class _Pool:
    """Random blocks of each type, made once and repeated: what is in them does not matter."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._pieces: dict[_Type, npt.NDArray[np.uint8]] = {}

    def tensor(self, name: str, members: tuple[int, ...], kind: _Type) -> npt.NDArray[np.uint8]:
        """Return the bytes of a tensor."""
        if name.endswith(".ssm_a"):
            return np.full(prod(members), -1, np.float32).view(np.uint8)
        if "norm" in name or "rope_f" in name:
            value = 0 if name.endswith("bias") else 1
            return np.full(prod(members), value, np.float32).view(np.uint8)
        if kind not in self._pieces:
            self._pieces[kind] = self._piece(kind)
        return np.resize(self._pieces[kind], _size(members, kind))

    def _piece(self, kind: _Type) -> npt.NDArray[np.uint8]:
        if kind in (_Type.F32, _Type.F16):
            numbers = self._rng.normal(0, 0.02, _PIECE // 4)
            return numbers.astype(np.float32 if kind is _Type.F32 else np.float16).view(np.uint8)
        size = GGML_QUANT_SIZES[kind][1]
        blocks = self._rng.integers(0, 256, (_PIECE // size, size), np.uint8)
        for place, scale in _SCALES[kind].items():
            blocks[:, place : place + 2] = np.array([scale], np.float16).view(np.uint8)
        return blocks.reshape(-1)


def _type_of(name: str, members: tuple[int, ...], weights: Weights, shape: Shape) -> _Type:
    """Choose as ``llama_tensor_get_type`` of llama.cpp does, in the main."""
    if len(members) == 1 or any(part in name for part in _PLAIN):
        return _Type.F32
    usual, better, other = _MIXES[weights]
    output = name == "output.weight" or (shape.tied and name == "token_embd.weight")
    number = int(name.split(".")[1]) if name.startswith("blk.") else None
    delicate = number is not None and weights.endswith("_M") and _gets_more_bits(number, shape.layers)
    chosen = better if output or (delicate and ("attn_v" in name or "ffn_down" in name)) else usual
    if members[0] % GGML_QUANT_SIZES[chosen][0] == 0:
        return chosen
    return other if members[0] % GGML_QUANT_SIZES[other][0] == 0 else _Type.F16


def _gets_more_bits(number: int, layers: int) -> bool:
    # `use_more_bits` of llama-quant.cpp.
    first, last = layers // 8, 7 * layers // 8
    return number < first or number >= last or (number - first) % 3 == 2


def _size(members: tuple[int, ...], kind: _Type) -> int:
    block, size = GGML_QUANT_SIZES[kind]
    return prod(members) // block * size


def _add(writer: GGUFWriter, key: str, value: Value) -> None:
    match value:
        case bool():
            writer.add_bool(key, value)
        case int():
            writer.add_uint32(key, value)
        case float():
            writer.add_float32(key, value)
        case str():
            writer.add_string(key, value)
        case list():
            writer.add_array(key, value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", choices=get_args(Weights), default="Q4_K_M")
    parser.add_argument("--narrow", type=int, default=1)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--vocabulary", type=int)
    options = parser.parse_args()
    make(
        options.out,
        options.family,
        weights=options.weights,
        narrow=options.narrow,
        layers=options.layers,
        vocabulary=options.vocabulary,
    )


if __name__ == "__main__":
    main()
