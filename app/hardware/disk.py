"""The disk on which the models lie."""

import os
import shutil
from pathlib import Path
from time import perf_counter

from app.domain.hardware import Fact, Facts, Origin, read, unknown

_SAMPLE = 64 << 20  # bytes that are read at most
_LEAST = 8 << 20  # too few bytes tell nothing
_PIECE = 4 << 20


def disk(folder: Path, sample: Path | None) -> Facts:
    """Look at the disk of a folder.

    Args:
        folder: it, or where it will be.
        sample: a file to read from; None = the speed stays unknown.
    """
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.is_dir())
    return {"free": read(shutil.disk_usage(there).free), "read_bytes_per_s": _speed(sample)}


def _speed(sample: Path | None) -> Fact:
    if sample is None or not hasattr(os, "posix_fadvise"):
        return unknown("there is no model to read from" if sample is None else "this system keeps what was read before")
    try:
        with sample.open("rb", buffering=0) as file:
            # What was read before is in memory; this asks the system to forget it.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            began, done = perf_counter(), 0
            while done < _SAMPLE and (piece := file.read(_PIECE)):
                done += len(piece)
            seconds = perf_counter() - began
    except OSError as error:
        return unknown(str(error.strerror))
    if done < _LEAST:
        return unknown("the models are too small to tell")
    return Fact(done / seconds, Origin.MEASURED, "a cache of the computer may have helped")
