"""The virtual environment of this checkout: made once, filled from the locks, and stamped step by step.

A stamp says that a step was finished, and for what. It is written last, so an interrupted step is simply done again,
and a set-up that is complete costs the reading of a few small files.
"""

import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import machine
from running import StepFailed


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the checkout at `root` keeps its Python, its locks and the stamps of what is done."""

    root: Path

    @property
    def folder(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter in it."""
        return self.program("python")

    @property
    def stamps(self) -> Path:
        """The file that says which steps are done."""
        return self.folder / "lectern-setup.json"

    def program(self, name: str) -> Path:
        """Return where a program in the virtual environment lies."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name)

    @property
    def site_packages(self) -> Path:
        """Where the installed packages lie."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def lock(self, name: str) -> Path:
        """Return the lock file of that name."""
        return self.root / "packaging" / "locks" / f"{name}.txt"

    def log(self, name: str) -> Path:
        """Return where a step's log goes."""
        return self.folder / "log" / f"{name}.txt"

    def stamp(self, step: str) -> str:
        """Return what `step` was last finished for, or nothing."""
        return self._read_stamps().get(step, "")

    def set_stamp(self, step: str, key: str) -> None:
        """Record, at once and for good, that `step` is finished for `key`."""
        fresh = self.stamps.with_suffix(".new")
        fresh.write_text(json.dumps({**self._read_stamps(), step: key}, indent=1), encoding="utf-8")
        fresh.replace(self.stamps)

    def _read_stamps(self) -> dict[str, str]:
        try:
            found = json.loads(self.stamps.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def once(self, step: str, key: str, action: Callable[[], None]) -> None:
        """Do `action` unless `step` is already finished for `key`."""
        if self.stamp(step) != key:
            action()
            self.set_stamp(step, key)


def key_of(files: Iterable[Path]) -> str:
    """Return the SHA-256 of the contents of `files`, as hexadecimal digits."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def ensure_python(environment: Environment) -> None:
    """Make the virtual environment unless a sound one is there, for this Python and at this place.

    Raises:
        StepFailed: this Python cannot make one.
    """
    key = f"{platform.python_version()} {environment.root}"
    if environment.stamp("python") == key and environment.python.exists():
        return
    if not _is_sound(environment):
        print(f"Making {environment.folder} for Python {platform.python_version()}", flush=True)
        _require_ensurepip()
        venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=True).create(environment.folder)
    environment.set_stamp("python", key)


def _is_sound(environment: Environment) -> bool:
    """Tell whether the environment that is there runs, has pip, is this Python's, and was made at this place."""
    if not environment.program("pip").exists():
        return False
    try:
        if str(environment.folder) not in (environment.folder / "pyvenv.cfg").read_text(encoding="utf-8"):
            return False
        question = [str(environment.python), "-c", "import pip, platform; print(platform.python_version())"]
        answer = subprocess.run(question, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == platform.python_version()


def _require_ensurepip() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        machine.bring([package], "making a virtual environment")
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip") is None:
            raise StepFailed("This Python has no ensurepip, so it can make no virtual environment.", "Bring it first.")
