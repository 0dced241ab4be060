"""Model files: which are taken at all, and whether they are the ones they should be."""

import re
from hashlib import file_digest
from pathlib import Path

from app.domain.errors import EnvironmentFault

# A pickle or a Python file runs a program of its author when it is loaded. Only formats that hold numbers are taken.
MODEL_FORMATS = frozenset({".onnx", ".gguf", ".safetensors"})
# How llama.cpp names the parts of a model, and finds the others when it is given the first.
_PART = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE | re.DOTALL)


def refuse_programs(path: Path) -> None:
    """Take only the formats that cannot hold a program.

    Raises:
        EnvironmentFault: the file's name ends otherwise, as those of pickles and Python files do.
    """
    if path.suffix.lower() not in MODEL_FORMATS:
        raise EnvironmentFault(
            f"The model file {path.name} is of a kind that Lectern does not open, because it may hold a program.",
            "Use the same model as an ONNX, a GGUF or a safetensors file.",
            str(path),
        )


def part_names(name: str) -> list[str]:
    """Return the names of all files of a model in their order, given that of one."""
    part = _PART.fullmatch(name)
    if part is None or not 0 < int(part["number"]) <= int(part["count"]):
        return [name]
    return [f"{part['stem']}-{number:05}-of-{part['count']}.gguf" for number in range(1, int(part["count"]) + 1)]


def require_file(path: Path) -> None:
    """Check that a model file is there.

    Raises:
        EnvironmentFault: it is not.
    """
    if not path.is_file():
        raise EnvironmentFault(f"The model file {path.name} is missing.", "Install the model again.", str(path))


Stamp = tuple[int, int, int, int]
"""Size, time of the last change to the contents and to the entry, and inode: what changes when a file does."""


def stamp_of(path: Path) -> Stamp:
    """Return the stamp of a file.

    Raises:
        OSError: it is not there.
    """
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a model file, hexadecimal.

    Raises:
        EnvironmentFault: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EnvironmentFault(
            f"The model file {path.name} cannot be read.",
            "Check that it is still where it was installed, or install the model again.",
            f"{path}: {error}",
        ) from error


def check_hash(path: Path, found: str, expected: str) -> None:
    """Compare the hash of a model file with its pack's, before any parser opens it.

    Raises:
        EnvironmentFault: they differ.
    """
    if found != expected:
        raise EnvironmentFault(
            f"The model file {path.name} is damaged or has been changed.",
            "Install the model again.",
            f"{path}: SHA-256 {found}, expected {expected}",
        )
