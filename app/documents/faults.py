"""Why a file cannot be taken in: a stable code for scripts, and a sentence and a remedy for people."""

import errno
from enum import StrEnum
from pathlib import Path

from app.domain.errors import DocumentFault


class Reason(StrEnum):
    """Codes that stay the same from version to version."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    EMPTY = "empty"
    NO_TEXT = "no_text"
    BINARY = "binary"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"
    CHANGED = "changed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    UNSUPPORTED = "unsupported"
    NOT_A_FILE = "not_a_file"
    SYMLINK_LOOP = "symlink_loop"


_REASONS = {
    errno.ENOENT: Reason.VANISHED,
    errno.ENOTDIR: Reason.VANISHED,
    errno.ELOOP: Reason.SYMLINK_LOOP,
    errno.EISDIR: Reason.NOT_A_FILE,
    errno.ENXIO: Reason.NOT_A_FILE,
}


def reason_of(error: OSError) -> Reason:
    """Return why a file could not be opened or looked at."""
    return _REASONS.get(error.errno or 0, Reason.UNREADABLE)


class Refused(Exception):
    """A file, or what is in it, is refused. Raised where the file is read, which knows no words for people.

    Attributes:
        detail: the technical cause; empty where the reason says it all.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


_WORDS = {
    Reason.ENCRYPTED: (
        "“{name}” is locked with a password.",
        "Open it in the program it comes from, save a copy without the password, and add the copy.",
    ),
    Reason.DAMAGED: (
        "“{name}” is damaged or incomplete.",
        "Open it in the program it comes from; if that works, save it anew, else get another copy.",
    ),
    Reason.EMPTY: ("“{name}” is empty: it has no bytes.", "Get another copy of it."),
    Reason.NO_TEXT: (
        "“{name}” has no text that could be read.",
        "If its pages are scanned images, run text recognition (OCR) over it and add the result.",
    ),
    Reason.BINARY: (
        "“{name}” is named like a text file, but does not hold text.",
        "Give it the ending of the format that it really has.",
    ),
    Reason.TOO_LARGE: ("“{name}” is larger than what is read from one file. {detail}", "Split it into smaller files."),
    Reason.BOMB: (
        "“{name}” is small, but made to unpack to a huge size.",
        "Do not open it unless you know where it comes from; a harmless one can be saved anew and added.",
    ),
    Reason.UNREADABLE: (
        "“{name}” cannot be opened.",
        "Check that you may read it and that the drive it is on is there, then add it again.",
    ),
    Reason.VANISHED: (
        "“{name}” was moved or deleted before it was read, or is a link to nothing.",
        "Add it again from where it is now.",
    ),
    Reason.CHANGED: ("“{name}” was being written while it was read.", "Add it again when that is done."),
    Reason.TIMEOUT: (
        "“{name}” took too long to read, and was given up.",
        "Split it, or save it anew in the program it comes from.",
    ),
    Reason.MEMORY: (
        "“{name}” needs more memory than one file may have.",
        "Split it, or save it anew in the program it comes from.",
    ),
    Reason.CRASHED: (
        "“{name}” crashed the reader of its format.",
        "Open it in the program it comes from, save it anew and add that.",
    ),
    Reason.UNSUPPORTED: (
        "“{name}” is in a format that Lectern does not read.",
        "Save it as PDF, DOCX, HTML, Markdown or plain text.",
    ),
    Reason.NOT_A_FILE: ("“{name}” is not an ordinary file.", "Add files, or folders with files in them."),
    Reason.SYMLINK_LOOP: (
        "“{name}” is a link that leads back to itself, or to a folder it lies in.",
        "Nothing is missing for it; a link that was meant to lead elsewhere must be made anew.",
    ),
}


def fault(reason: Reason, path: Path, detail: str = "") -> DocumentFault:
    """Say in words why ``path`` is skipped."""
    summary, remedy = _WORDS[reason]
    words = summary.format(name=shown(path.name), detail=detail).strip()
    return DocumentFault(str(reason), words, remedy, detail)


def shown(name: str) -> str:
    """Return a file name that can be printed: what cannot becomes an escape, as in Python's own text."""
    printable = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in name
    )
    return printable.encode("utf-8", "backslashreplace").decode()
