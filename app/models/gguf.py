"""The header of a GGUF file: what the model is, and where its numbers lie. Nothing else of the file is read.

The format is described in ggml's ``docs/gguf.md``. The file may come from anywhere: every length is checked against a
bound and against what is left of the file before anything is read or kept.
"""

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import ModelFault

_VERSIONS = (2, 3)
_LARGEST_COUNT = 1 << 20  # of keys, of tensors
_LONGEST_NAME = 65_535  # bytes of a key, by the format
_LONGEST_TENSOR_NAME = 63  # bytes, GGML_MAX_NAME without its final zero
_LONGEST_TEXT = 1 << 24  # bytes; the longest that is known is a chat template of some 20,000
_LONGEST_ARRAY = 1 << 24  # members; vocabularies of 262,144 tokens are the largest that are known
_LARGEST_ALIGNMENT = 1 << 20
_MOST_DIMENSIONS = 4
_KEPT_MEMBERS = 4_096  # of an array of numbers; longer ones, and those of texts, are only counted

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

# Members and bytes of a block, by the number of the type: ggml.h and ggml-common.h.
_TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """A long array of which only the number of members is known."""

    members: int


Value = bool | int | float | str | list[bool | int | float] | Counted


@dataclass(frozen=True, slots=True)
class Tensor:
    """A matrix of the model.

    Attributes:
        name: such as ``blk.0.attn_q.weight``.
        type: of its numbers, such as ``Q4_K``.
        shape: members along each dimension, the innermost first.
        offset: from the beginning of the file, in bytes.
        size: in bytes.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says of itself.

    Attributes:
        metadata: by key, such as ``llama.block_count``.
        tensors: in the order of the file.
        size: of the whole file, in bytes.
    """

    metadata: Mapping[str, Value]
    tensors: tuple[Tensor, ...]
    size: int

    @property
    def architecture(self) -> str:
        """The family of the computation, such as ``llama``; empty where the file does not say."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def parts(self) -> int:
        """Of how many files the model consists."""
        count = self.metadata.get("split.count", 1)
        return count if type(count) is int and count > 0 else 1

    @property
    def shape(self) -> dict[str, Value]:
        """The keys of the architecture without its name: ``block_count``, ``attention.head_count_kv`` and so on."""
        prefix = f"{self.architecture}."
        return {key.removeprefix(prefix): value for key, value in self.metadata.items() if key.startswith(prefix)}


def read_header(path: Path) -> Header:
    """Read the header and check it: names, bounds, and that every tensor lies whole in the file.

    Raises:
        ModelFault: it is not a GGUF file, or not a sound one. The reason is ``not_gguf``, ``version``, ``truncated``,
            ``damaged`` or ``unreadable``.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file, path.name).header()
    except OSError as error:
        raise ModelFault(
            "unreadable", f"The model file {path.name} cannot be read.", "Check the disk or the stick.", str(error)
        ) from error


def read_texts(path: Path, key: str) -> list[str]:
    """Read the header for one array of texts, such as a vocabulary; empty where the file has none by that ``key``.

    Raises:
        ModelFault: as `read_header`.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        reader = _Reader(file, path.name, key)
        reader.header()
        return reader.texts


def read_parts(paths: Sequence[Path]) -> Header:
    """Read the headers of a model's files as one: the keys of the first, the tensors of all.

    Raises:
        ModelFault: as `read_header`.
    """
    headers = [read_header(path) for path in paths]
    tensors = tuple(tensor for header in headers for tensor in header.tensors)
    return Header(headers[0].metadata, tensors, sum(header.size for header in headers))


class _Reader:
    def __init__(self, file: BinaryIO, name: str, wanted: str = "") -> None:
        self.texts: list[str] = []
        self._file = file
        self._name = name
        self._wanted = wanted
        self._size = os.fstat(file.fileno()).st_size
        self._at = 0

    def header(self) -> Header:
        if self._size < 4 or self._bytes(4) != b"GGUF":
            raise ModelFault("not_gguf", f"{self._name} is not a GGUF file.", "Choose the model's .gguf file.")
        version = self._whole("I")
        if version not in _VERSIONS:
            raise ModelFault(
                "version",
                f"The model file {self._name} is of a version of GGUF that Lectern does not read.",
                "Use a newer copy of the model, for little-endian computers.",
                f"version {version}",
            )
        tensors = self._count("tensors", _LARGEST_COUNT)
        keys = self._count("keys", _LARGEST_COUNT)
        metadata = self._metadata(keys)
        found = list(self._tensors(tensors))
        alignment = metadata.get("general.alignment", 32)
        if type(alignment) is not int or not 0 < alignment <= _LARGEST_ALIGNMENT or alignment & (alignment - 1):
            raise self._damaged(f"alignment {alignment}")
        start = -(-self._at // alignment) * alignment
        placed = [self._placed(tensor, start, alignment) for tensor in found]
        self._check_overlaps(placed)
        return Header(metadata, tuple(placed), self._size)

    def _metadata(self, keys: int) -> dict[str, Value]:
        metadata: dict[str, Value] = {}
        for _ in range(keys):
            key = self._text(_LONGEST_NAME)
            if key in metadata:
                raise self._damaged(f"the key {key} stands twice")
            metadata[key] = self._value(self._whole("I"), key == self._wanted)
        return metadata

    def _value(self, kind: int, wanted: bool) -> Value:
        if kind == _STRING:
            return self._text(_LONGEST_TEXT)
        if kind == _ARRAY:
            return self._array(wanted)
        if kind not in _SCALARS:
            raise self._damaged(f"a value of the unknown type {kind}")
        return self._scalars(_SCALARS[kind], 1)[0]

    def _array(self, wanted: bool) -> Value:
        kind = self._whole("I")
        members = self._count("members of an array", _LONGEST_ARRAY)
        if kind == _STRING and wanted:
            self.texts = [self._text(_LONGEST_TEXT) for _ in range(members)]
            return Counted(members)
        if kind == _STRING:
            for _ in range(members):
                self._skip(self._count("bytes of a text", _LONGEST_TEXT))
            return Counted(members)
        if kind not in _SCALARS:
            raise self._damaged(f"an array of the type {kind}")
        code = _SCALARS[kind]
        if members > _KEPT_MEMBERS:
            self._skip(members * struct.calcsize(f"<{code}"))
            return Counted(members)
        return self._scalars(code, members)

    def _tensors(self, count: int) -> Iterator[Tensor]:
        names: set[str] = set()
        for _ in range(count):
            name = self._text(_LONGEST_TENSOR_NAME)
            if name in names:
                raise self._damaged(f"the tensor {name} stands twice")
            names.add(name)
            dimensions = self._count("dimensions", _MOST_DIMENSIONS)
            shape = tuple(self._whole("Q") for _ in range(dimensions))
            kind, offset = self._whole("I"), self._whole("Q")
            if kind not in _TYPES:
                raise self._damaged(f"the tensor {name} is of the unknown type {kind}")
            type_name, block, block_bytes = _TYPES[kind]
            if not shape or 0 in shape or shape[0] % block:
                raise self._damaged(f"the tensor {name} has the shape {shape}, of type {type_name}")
            yield Tensor(name, type_name, shape, offset, prod(shape) // block * block_bytes)

    def _placed(self, tensor: Tensor, start: int, alignment: int) -> Tensor:
        if tensor.offset % alignment:
            raise self._damaged(f"the tensor {tensor.name} lies at {tensor.offset}, not a multiple of {alignment}")
        offset = start + tensor.offset
        if offset + tensor.size > self._size:
            raise self._truncated(f"the tensor {tensor.name} ends at {offset + tensor.size} of {self._size} bytes")
        return Tensor(tensor.name, tensor.type, tensor.shape, offset, tensor.size)

    def _check_overlaps(self, tensors: list[Tensor]) -> None:
        end = 0
        for tensor in sorted(tensors, key=lambda tensor: tensor.offset):
            if tensor.offset < end:
                raise self._damaged(f"the tensor {tensor.name} lies on another")
            end = tensor.offset + tensor.size

    def _text(self, longest: int) -> str:
        data = self._bytes(self._count("bytes of a text", longest))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._damaged(f"a text that is not UTF-8: {error}") from error

    def _count(self, what: str, largest: int) -> int:
        # The number of dimensions is the one count of 32 bits.
        count = self._whole("I" if what == "dimensions" else "Q")
        if count > largest:
            raise self._damaged(f"{count} {what}, at most {largest} are taken")
        return count

    def _whole(self, code: str) -> int:
        number: int = struct.unpack(f"<{code}", self._bytes(struct.calcsize(f"<{code}")))[0]
        return number

    def _scalars(self, code: str, count: int) -> list[bool | int | float]:
        layout = struct.Struct(f"<{count}{code}")
        return list(layout.unpack(self._bytes(layout.size)))

    def _bytes(self, size: int) -> bytes:
        self._advance(size)
        return self._file.read(size)

    def _skip(self, size: int) -> None:
        self._advance(size)
        self._file.seek(size, os.SEEK_CUR)

    def _advance(self, size: int) -> None:
        self._at += size
        if self._at > self._size:
            raise self._truncated(f"its header goes on after its {self._size} bytes")

    def _truncated(self, detail: str) -> ModelFault:
        return ModelFault(
            "truncated",
            f"The model file {self._name} is cut short.",
            "Copy it again, or get a whole copy.",
            detail,
        )

    def _damaged(self, detail: str) -> ModelFault:
        return ModelFault("damaged", f"The model file {self._name} is damaged.", "Get a sound copy.", detail)
