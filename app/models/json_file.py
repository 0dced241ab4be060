"""A small file of JSON that other processes may read and write too."""

import json
import os
from collections.abc import Mapping
from pathlib import Path


def write_json(path: Path, fields: Mapping[str, object]) -> None:
    """Write a file, and its folder where there is none; whoever reads it sees the old one or the new one, never a part.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text(json.dumps(fields), "utf-8")
    beside.replace(path)
