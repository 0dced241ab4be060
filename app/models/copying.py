"""Writes a model's files: copies in pieces that can be stopped between and gone on with, and what only we write."""

import os
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import ModelFault
from app.models.manifest import PackedFile

_PIECE = 1 << 20


class Copy:
    """Copies a file and computes its hash on the way; goes on after what an earlier attempt has copied.

    Args:
        source: open where the file begins.
        target: where it comes to lie.
        file: its size and, where it is known, its hash.

    Attributes:
        sha256: of what was copied, hexadecimal; empty until all is.
    """

    def __init__(self, source: BinaryIO, target: Path, file: PackedFile) -> None:
        self._source = source
        self._target = target
        self._file = file
        self.sha256 = ""

    def pieces(self) -> Iterator[int]:
        """Copy, and yield the number of bytes that are there after each piece.

        Raises:
            ModelFault: the source ends before its size (reason ``truncated``).
            OSError: it cannot be read, or the copy not written.
        """
        digest, copied, start = sha256(), 0, self._source.tell()
        with self._target.open("r+b" if self._target.is_file() else "w+b") as target:
            while copied < self._file.size and (piece := target.read(min(_PIECE, self._file.size - copied))):
                # Without a hash to meet in the end, what was copied may be of a file that stood here before.
                if not self._file.sha256 and self._source.read(len(piece)) != piece:
                    break
                digest.update(piece)
                copied += len(piece)
                yield copied
            self._source.seek(start + copied)
            target.truncate(copied)
            target.seek(copied)
            while copied < self._file.size:
                piece = self._source.read(min(_PIECE, self._file.size - copied))
                if not piece:
                    raise ModelFault("truncated", f"{self._file.name} is cut short.", "Copy it again.")
                target.write(piece)
                digest.update(piece)
                copied += len(piece)
                yield copied
            target.flush()
            os.fsync(target.fileno())
        self.sha256 = digest.hexdigest()


def keep_only(names: Collection[str], folder: Path) -> None:
    """Remove all other files of a folder: what a model was made of, and what an import that was cut short has left."""
    for path in folder.iterdir():
        if path.name not in names:
            path.unlink()


def write_synced(path: Path, data: bytes) -> None:
    """Write a file, and return when it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when what a folder lists is on the disk."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
