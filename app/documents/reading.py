"""A file's bytes, read once and without being fooled: no pipe is waited for, no half-written file is taken."""

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.documents.faults import Reason, Refused, reason_of
from app.documents.formats import largest, named
from app.documents.limits import Limits

# O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK"))


@dataclass(frozen=True, slots=True)
class FileStat:
    """What tells, without reading a file again, that it did not change: bytes, and nanoseconds since the epoch."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file as it was at one moment. ``sha256`` is hexadecimal."""

    data: bytes
    stat: FileStat
    sha256: str


class Unread(Refused):
    """A file is refused before it was read; ``stat`` is known where it could be opened."""

    def __init__(self, reason: Reason, detail: str = "", stat: FileStat | None = None) -> None:
        super().__init__(reason, detail)
        self.stat = stat


def read(path: Path, limits: Limits) -> FileBytes:
    """Read a file that has a format we read.

    Raises:
        Unread: ``vanished``, ``symlink_loop``, ``not_a_file``, ``unreadable``, ``unsupported``, ``empty``,
            ``too_large``, ``changed`` or ``memory``.
    """
    try:
        # Looking first, since opening a device can have effects.
        _check_kind(path.stat())
        descriptor = os.open(path, _FLAGS)
        try:
            return _read_open(descriptor, path, limits)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unread(reason_of(error), error.strerror or str(error)) from error
    except MemoryError as error:
        raise Unread(Reason.MEMORY) from error


def _read_open(descriptor: int, path: Path, limits: Limits) -> FileBytes:
    before = os.fstat(descriptor)
    _check_kind(before)
    known = FileStat(before.st_size, before.st_mtime_ns)
    try:
        most = largest(named(path), limits)
    except Refused as refused:
        raise Unread(refused.reason, refused.detail, known) from refused
    if not before.st_size:
        raise Unread(Reason.EMPTY, stat=known)
    if before.st_size > most:
        raise Unread(Reason.TOO_LARGE, f"It has {before.st_size:,} bytes; the limit is {most:,}.", known)
    data = _read_all(descriptor, before.st_size)
    after = os.fstat(descriptor)
    if not after.st_nlink:
        raise Unread(Reason.VANISHED, "It was deleted while it was read.")
    if len(data) != before.st_size or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise Unread(Reason.CHANGED, stat=FileStat(after.st_size, after.st_mtime_ns))
    return FileBytes(data, known, sha256(data).hexdigest())


def _check_kind(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unread(Reason.NOT_A_FILE)


def _read_all(descriptor: int, size: int) -> bytes:
    """Read ``size`` bytes and one more, to see a file that grows. A read may give less than was asked for."""
    parts = []
    left = size + 1
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
