"""The files in which Linux describes a machine, behind two functions: so any machine can be described in a test."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """Reads the files of a system."""

    def text(self, path: str) -> str | None:
        """Return the text of a file; None where there is none, or it cannot be read."""

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no such folder."""


@dataclass(frozen=True, slots=True)
class RealFiles:
    """The files of this machine."""

    def text(self, path: str) -> str | None:
        """Return the text of a file; None where there is none, or it cannot be read."""
        try:
            return Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no such folder."""
        try:
            return sorted(path.name for path in Path(folder).iterdir())
        except OSError:
            return []


def number(text: str | None, base: int = 10) -> int | None:
    """Return the whole number that a file holds; None where it holds none."""
    try:
        return int((text or "").strip(), base)
    except ValueError:
        return None
