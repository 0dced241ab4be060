"""Which files a dropped path stands for."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from errno import ELOOP
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from app.documents.formats import supported
from app.domain.documents import Skipped
from app.domain.errors import UsageFault
from app.jobs.cancel import CancelToken

_NOT_DOCUMENTS = ("Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file met on disk: size in bytes, time of change in nanoseconds."""

    path: Path
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Walk:
    """What was met on the way: files to read, and those that cannot be, with the reason."""

    found: list[FoundFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def paths(self) -> Iterator[Path]:
        """Everything met, read or not."""
        yield from (file.path for file in self.found)
        yield from (Path(file.path) for file in self.skipped)

    def join(self, other: "Walk") -> None:
        """Add what another walk met."""
        self.found += other.found
        self.skipped += other.skipped


def walk(path: Path, cancel: CancelToken) -> Walk:
    """Collect the files of ``path``, a file or a folder with all its subfolders.

    Hidden files, and lock files of office programs, are not documents and are passed over in silence.

    Raises:
        UsageFault: nothing is there.
        Cancelled: stop was asked for.
    """
    if not os.path.lexists(path):
        raise UsageFault(f"There is no file or folder {path}.", "Check the name, and that the disk is connected.")
    result = Walk()
    _visit(path, frozenset(), result, cancel, named=True)
    return result


def is_as_found(file: FoundFile) -> bool:
    """Say whether a file is still there, with the size and the time of change that it had."""
    try:
        stat = file.path.stat()
    except OSError:
        return False
    return S_ISREG(stat.st_mode) and (stat.st_size, stat.st_mtime_ns) == (file.size, file.mtime_ns)


def _visit(path: Path, above: frozenset[tuple[int, int]], result: Walk, cancel: CancelToken, *, named: bool) -> None:
    cancel.check()
    try:
        stat = path.stat()
        if S_ISDIR(stat.st_mode):
            identity = (stat.st_dev, stat.st_ino)
            if identity in above:
                result.skipped.append(_loop(path))
                return
            for child in _children(path):
                _visit(child, above | {identity}, result, cancel, named=False)
        elif not S_ISREG(stat.st_mode):
            result.skipped.append(Skipped(str(path), "not_a_file", f"{path} is a device or a pipe, not a file."))
        elif named or supported(path):
            result.found.append(FoundFile(path, stat.st_size, stat.st_mtime_ns))
        else:
            kind = path.suffix or "no ending"
            result.skipped.append(
                Skipped(str(path), "unsupported", f"Lectern cannot read files of this kind ({kind}).")
            )
    except OSError as error:
        result.skipped.append(_unreadable(path, error))


def _children(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if not name.startswith((".", "~$")) and name not in _NOT_DOCUMENTS:
            yield folder / name


def _loop(path: Path) -> Skipped:
    return Skipped(str(path), "symlink_loop", f"{path} is a link that leads back to a folder it lies in.")


def _unreadable(path: Path, error: OSError) -> Skipped:
    if error.errno == ELOOP:
        return _loop(path)
    if isinstance(error, FileNotFoundError):
        return Skipped(str(path), "vanished", f"{path} was there a moment ago and is gone, or is a link to nothing.")
    return Skipped(str(path), "unreadable", f"{path} may not be read: {error.strerror}. Ask for the right to read it.")
