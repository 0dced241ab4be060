"""Looks through an ONNX file without an engine: is it whole, and does it keep all its numbers in itself?

An ONNX file is a message of protocol buffers (``onnx.proto``). A tensor in it can name another file, or a place in
memory, where its numbers are: then loading it reads what the file's author chose. Such a file is refused. The file may
come from anywhere: every length is checked against the message that it stands in, which is checked against the file.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import ModelFault

# What stands in a message, by the number of the field: a message in which numbers can be kept elsewhere.
_MODEL, _GRAPH, _NODE, _ATTRIBUTE, _TENSOR, _SPARSE, _FUNCTION = range(7)
_INSIDE: Mapping[int, Mapping[int, int]] = {
    _MODEL: {7: _GRAPH, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _TENSOR: {},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
}
_MODEL_GRAPH, _MODEL_TRAINING = 7, 20
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14
_HERE = 0  # the location that tools write where a tensor's numbers were elsewhere once
_FIRST = 0x08  # the tag of ir_version, which stands first
_VARINT, _EIGHT_BYTES, _MESSAGE, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10  # bytes
_DEEPEST = 40  # messages in one another; a graph in a graph are three


def check_onnx(path: Path) -> None:
    """Look through the file.

    Raises:
        ModelFault: it is not sound. The reason is ``not_onnx``, ``truncated``, ``damaged``, ``unreadable``, or ``path``
            where numbers are kept elsewhere.
    """
    try:
        with path.open("rb") as file:
            _Reader(file, path.name).check()
    except OSError as error:
        raise ModelFault(
            "unreadable", f"The model file {path.name} cannot be read.", "Check the disk or the stick.", str(error)
        ) from error


class _Reader:
    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._size = os.fstat(file.fileno()).st_size
        self._at = 0

    def check(self) -> None:
        if self._file.read(1) != bytes([_FIRST]):
            raise self._no_model()
        self._file.seek(0)
        if _MODEL_GRAPH not in self._message(_MODEL, self._size, 0):
            raise self._no_model()

    def _message(self, kind: int, end: int, depth: int) -> set[int]:
        """Go through a message and return the numbers of the fields that it has."""
        if depth > _DEEPEST:
            raise self._damaged("messages in messages without end")
        fields: set[int] = set()
        elsewhere = False
        while self._at < end:
            tag = self._varint(end)
            field, form = tag >> 3, tag & 7
            fields.add(field)
            if not field:
                raise self._damaged("a field without a number")
            if form == _VARINT:
                number = self._varint(end)
                elsewhere |= field == _TENSOR_LOCATION and number != _HERE
            elif form == _MESSAGE:
                self._inside(_INSIDE[kind].get(field), self._varint(end), end, depth)
            elif form in (_EIGHT_BYTES, _FOUR_BYTES):
                self._skip(8 if form == _EIGHT_BYTES else 4, end)
            else:
                raise self._damaged(f"a field {field} of the form {form}")
        if kind == _TENSOR and (elsewhere or _TENSOR_EXTERNAL in fields):
            raise self._elsewhere("a tensor's data is external")
        if kind == _MODEL and _MODEL_TRAINING in fields:
            raise self._damaged("it is made for training")
        return fields

    def _inside(self, kind: int | None, size: int, end: int, depth: int) -> None:
        if kind is None:
            self._skip(size, end)
            return
        self._check_end(size, end)
        self._message(kind, self._at + size, depth + 1)

    def _varint(self, end: int) -> int:
        number = 0
        for place in range(_LONGEST_VARINT):
            self._check_end(1, end)
            byte = self._file.read(1)[0]
            self._at += 1
            number |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return number
        raise self._damaged("a number without end")

    def _skip(self, size: int, end: int) -> None:
        self._check_end(size, end)
        self._at += size
        self._file.seek(self._at)

    def _check_end(self, size: int, end: int) -> None:
        if self._at + size <= end:
            return
        if end == self._size:
            raise ModelFault(
                "truncated",
                f"The model file {self._name} is cut short.",
                "Copy it again, or get a whole copy.",
                f"{self._at + size} bytes at least, {self._size} are there",
            )
        raise self._damaged(f"what stands at {self._at} goes on after its message")

    def _no_model(self) -> ModelFault:
        return ModelFault("not_onnx", f"{self._name} is not an ONNX file.", "Choose the model's .onnx file.")

    def _elsewhere(self, detail: str) -> ModelFault:
        return ModelFault(
            "path",
            f"The model file {self._name} keeps numbers in another file, which could be any file of this computer.",
            "Use the model as one ONNX file that holds all of it.",
            detail,
        )

    def _damaged(self, detail: str) -> ModelFault:
        return ModelFault("damaged", f"The model file {self._name} is damaged.", "Get a sound copy.", detail)
