"""The file of a model pack, ``.lpack``: a plain tar archive, first the manifest, then its signature, then the files.

Any tar program can look into one. Lectern takes less than tar allows: plain files with short names,
exactly those of the manifest in its order, nothing between them and nothing after.
"""

import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import ModelFault
from app.models import manifest as manifests
from app.models import signature as signatures
from app.models.manifest import Manifest, PackedFile, read_manifest

_BLOCK = tarfile.BLOCKSIZE
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Container:
    """A pack that was looked through: every file lies whole in it. The bytes of the files were not looked at.

    Attributes:
        path: the file.
        manifest_bytes: as they were signed.
        signature: None = there is none.
    """

    path: Path
    manifest_bytes: bytes
    manifest: Manifest
    signature: bytes | None
    _offsets: dict[str, int]

    @contextmanager
    def open(self, file: PackedFile) -> Iterator[BinaryIO]:
        """Open the pack where a file begins. Read no more than its size."""
        with self.path.open("rb") as pack:
            pack.seek(self._offsets[file.name])
            yield pack


def open_container(path: Path) -> Container:
    """Look through a pack that may come from anywhere.

    Raises:
        ModelFault: it is not sound. The reason is ``not_pack``, ``truncated``, ``link``, or one of `read_manifest`.
        OSError: it cannot be read.
    """
    with path.open("rb") as pack:
        return _Reader(path, pack).container()


def write_container(
    path: Path, manifest: Manifest, signature: bytes | None, sources: Sequence[Path], tell: Callable[[int], None]
) -> None:
    """Write a pack.

    Args:
        path: where it comes to lie; what is there is replaced.
        manifest: lists the files.
        signature: of ``manifest.to_bytes()``.
        sources: the files, in the order of the manifest.
        tell: is told the number of bytes written since the last time; may raise to end it.

    Raises:
        OSError: a file cannot be read or written.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as pack:
            _write_file(pack, manifests.NAME, manifest.to_bytes())
            if signature is not None:
                _write_file(pack, signatures.NAME, signature)
            for file, source in zip(manifest.files, sources, strict=True):
                pack.write(_header(file.name, file.size))
                with source.open("rb") as opened:
                    while piece := opened.read(_PIECE):
                        pack.write(piece)
                        tell(len(piece))
                pack.write(bytes(-file.size % _BLOCK))
            pack.write(bytes(2 * _BLOCK))
            pack.flush()
            os.fsync(pack.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


class _Reader:
    def __init__(self, path: Path, pack: BinaryIO) -> None:
        self._path = path
        self._pack = pack
        self._size = os.fstat(pack.fileno()).st_size

    def container(self) -> Container:
        manifest_bytes = self._expected(manifests.NAME, manifests.LARGEST)
        manifest = read_manifest(manifest_bytes)
        name, size = self._header()
        signature = None
        if name == signatures.NAME:
            signature = self._contents(size, signatures.LARGEST)
            name, size = self._header()
        offsets: dict[str, int] = {}
        for file in manifest.files:
            if (name, size) != (file.name, file.size):
                raise self._not_a_pack(f"{name!r} of {size} bytes stands where {file.name} of {file.size} should")
            offsets[name] = self._pack.tell()
            self._skip(size)
            name, size = self._header()
        if name or self._pack.read(tarfile.RECORDSIZE).strip(b"\0") or self._pack.read(1):
            raise self._not_a_pack("something stands after its last file")
        return Container(self._path, manifest_bytes, manifest, signature, offsets)

    def _expected(self, name: str, largest: int) -> bytes:
        found, size = self._header()
        if found != name:
            raise self._not_a_pack(f"it begins with {found!r}")
        return self._contents(size, largest)

    def _header(self) -> tuple[str, int]:
        """Read the next header; an empty name is the end."""
        block = self._pack.read(_BLOCK)
        if len(block) < _BLOCK:
            raise self._truncated() if self._pack.tell() > _BLOCK else self._not_a_pack("it is shorter than a header")
        if not block.strip(b"\0"):
            return "", 0
        try:
            member = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise self._not_a_pack(f"at {self._pack.tell() - _BLOCK}: {error}") from error
        if member.type != tarfile.REGTYPE:
            raise ModelFault(
                "link",
                f"The model pack {self._path.name} holds {member.name!r}, which is no plain file.",
                "Do not use this pack. Ask whoever made it.",
                f"type {member.type!r}, to {member.linkname!r}",
            )
        return member.name, member.size

    def _contents(self, size: int, largest: int) -> bytes:
        if size > largest:
            raise self._not_a_pack(f"its manifest or signature has {size} bytes")
        start = self._pack.tell()
        self._skip(size)
        self._pack.seek(start)
        data = self._pack.read(size)
        self._pack.seek(start + _rounded(size))
        return data

    def _skip(self, size: int) -> None:
        end = self._pack.tell() + _rounded(size)
        if size < 0 or end > self._size:
            raise self._truncated()
        self._pack.seek(end)

    def _truncated(self) -> ModelFault:
        return ModelFault(
            "truncated", f"The model pack {self._path.name} is cut short.", "Copy it again.", f"{self._size} bytes"
        )

    def _not_a_pack(self, detail: str) -> ModelFault:
        return ModelFault(
            "not_pack",
            f"{self._path.name} is not a model pack, or a damaged one.",
            "Choose a file that was made with: lectern models pack",
            detail,
        )


def _rounded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _write_file(pack: BinaryIO, name: str, data: bytes) -> None:
    pack.write(_header(name, len(data)) + data + bytes(-len(data) % _BLOCK))


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    # Sizes of 8 GiB and more are not in the standard of tar; GNU's way of writing them is read everywhere.
    return member.tobuf(tarfile.GNU_FORMAT)
