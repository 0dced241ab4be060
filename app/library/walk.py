"""Which files a dropped path stands for."""

import os
from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from os.path import normpath
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from app.documents.faults import Reason, fault, reason_of
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

    def leave_out(self, met: Container[Path]) -> None:
        """Leave out what was met elsewhere."""
        self.found = [file for file in self.found if file.path not in met]
        self.skipped = [file for file in self.skipped if Path(file.path) not in met]


def walk(path: Path, cancel: CancelToken, leave_out: Path | None = None) -> Walk:
    """Collect the files of ``path``, a file or a folder with all its subfolders.

    Hidden files, and lock files of office programs, are not documents and are passed over in silence; so is the folder
    ``leave_out``. A folder that is reached in several ways, by links, is read once, by its own name where it has one
    here.

    Raises:
        UsageFault: nothing is there.
        Cancelled: stop was asked for.
    """
    if not os.path.lexists(path):
        raise UsageFault(f"There is no file or folder {path}.", "Check the name, and that the disk is connected.")
    return _Walker(cancel, leave_out).walk(path)


def absolute(path: Path) -> Path:
    """Return what a path goes by in a library."""
    # A link is known by the name it was given, but what lies above it only the disk can tell.
    return path.resolve() if ".." in path.parts else Path(normpath(path.absolute()))


def is_as_found(file: FoundFile) -> bool:
    """Say whether a file is still there, with the size and the time of change that it had."""
    try:
        stat = file.path.stat()
    except OSError:
        return False
    return S_ISREG(stat.st_mode) and (stat.st_size, stat.st_mtime_ns) == (file.size, file.mtime_ns)


def is_gone(path: Path) -> bool:
    """Say whether no file is there any more; one that cannot be reached may still be."""
    try:
        return S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return not path.is_symlink()
    except OSError:
        return False


class _Walker:
    """One walk. Not recursive: folders can be deeper than Python's stack."""

    def __init__(self, cancel: CancelToken, leave_out: Path | None) -> None:
        self._cancel = cancel
        self._result = Walk()
        self._read: set[tuple[int, int]] = set()
        # Links to folders come last, so that a folder is read by its own name.
        self._links: deque[Path] = deque()
        self._waiting: list[Path] = []
        if leave_out is not None and leave_out.is_dir():
            self._read.add(_identity(leave_out.stat()))

    def walk(self, path: Path) -> Walk:
        self._visit(path, named=True)
        while self._waiting or self._links:
            self._cancel.check()
            if self._waiting:
                self._visit(self._waiting.pop(), named=False)
            else:
                self._follow(self._links.popleft())
        return self._result

    def _visit(self, path: Path, *, named: bool) -> None:
        try:
            stat = path.stat()
            if S_ISDIR(stat.st_mode):
                if path.is_symlink() and not named:
                    self._links.append(path)
                else:
                    self._open(path, stat)
            elif not S_ISREG(stat.st_mode):
                self._skip(path, Reason.NOT_A_FILE)
            elif named or supported(path):
                self._result.found.append(FoundFile(path, stat.st_size, stat.st_mtime_ns))
            else:
                self._skip(path, Reason.UNSUPPORTED)
        except OSError as error:
            self._skip_unread(path, error)

    def _follow(self, link: Path) -> None:
        try:
            stat = link.stat()
            if any(os.path.samestat(stat, folder.stat()) for folder in link.parents):
                self._skip(link, Reason.SYMLINK_LOOP)
            else:
                self._open(link, stat)
        except OSError as error:
            self._skip_unread(link, error)

    def _open(self, folder: Path, stat: os.stat_result) -> None:
        if _identity(stat) in self._read:
            return
        self._read.add(_identity(stat))
        with os.scandir(folder) as entries:
            names = sorted((entry.name for entry in entries), reverse=True)
        shown = (name for name in names if not name.startswith((".", "~$")) and name not in _NOT_DOCUMENTS)
        self._waiting += [folder / name for name in shown]

    def _skip(self, path: Path, reason: Reason, detail: str = "") -> None:
        self._result.skipped.append(Skipped(str(path), str(reason), str(fault(reason, path, detail))))

    def _skip_unread(self, path: Path, error: OSError) -> None:
        self._skip(path, reason_of(error), error.strerror or "")


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino
