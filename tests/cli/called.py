"""Lectern's commands in a process of their own, as a script calls them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

STARTER = "smollm2-135m-instruct-q4_1"


def call(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def lines(*arguments: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call(*arguments, "--json").stdout.splitlines()]
