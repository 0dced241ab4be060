"""Renews the locks from the ranges in pyproject.toml, for every Python and system that Lectern supports."""

import os
import subprocess
import tomllib
from collections.abc import Iterable

from environment import Environment, ensure_python
from running import StepFailed, pip_news
from setup_steps import pip_install

COMMAND = "python3 packaging/dev.py lock"


def renew(environment: Environment) -> None:
    """Write all lock files anew with the newest versions that pyproject.toml admits.

    Raises:
        StepFailed: uv could not be had, or found no set of versions that fits.
    """
    ensure_python(environment)
    project = tomllib.loads((environment.root / "pyproject.toml").read_text(encoding="utf-8"))
    pip_install(environment, "Installing uv", "uv", project["dependency-groups"]["lock"], pip_news(1))
    settings = index_settings(_pip_settings(environment))
    app = environment.lock("app")
    app.parent.mkdir(exist_ok=True)

    llama = _only(project["project"]["optional-dependencies"]["llm"])
    name = llama.partition("==")[0]
    everything = ["pyproject.toml", "--extra", "llm", "--group", "starter-models", "--group", "install"]
    everything += ["--no-emit-package", name]
    _compile(environment, settings, "app", everything)

    besides = [*everything, "--extra", "sentence-transformers", "--group", "test", "--constraint", _place("app")]
    for package in ["torch", *pinned(app.read_text(encoding="utf-8"))]:
        besides += ["--no-emit-package", package]
    _compile(environment, settings, "test", besides)

    _compile(environment, settings, "llama", ["-", "--no-deps"], source=llama)
    _compile(environment, settings, "llama-build", ["--group", "llama-build", "--constraint", _place("app")])


def _only(requirements: list[str]) -> str:
    (requirement,) = requirements
    return requirement


def _place(name: str) -> str:
    # Relative, because it lands in the locks' comments.
    return f"packaging/locks/{name}.txt"


def _compile(
    environment: Environment, settings: dict[str, str], name: str, what: list[str], source: str | None = None
) -> None:
    print(f"Renewing {_place(name)}", flush=True)
    command = [str(environment.program("uv")), "pip", "compile", "--universal", "--python-version", "3.11"]
    command += ["--fork-strategy", "fewest", "--generate-hashes", "--upgrade", "--quiet"]
    command += ["--custom-compile-command", COMMAND, "--output-file", _place(name), *what]
    done = subprocess.run(
        command, input=source, stdout=subprocess.DEVNULL, text=True, cwd=environment.root, env=settings, check=False
    )
    if done.returncode != 0:
        raise StepFailed(
            f"uv found no versions for {name}.", "Change the ranges in pyproject.toml, then run this again."
        )


def pinned(lock: str) -> list[str]:
    """Return the names of the packages that a lock file's text pins."""
    return [line.partition("==")[0] for line in lock.splitlines() if line[:1].isalnum() and "==" in line]


def index_settings(pip_settings: Iterable[str]) -> dict[str, str]:
    """Return the environment in which uv asks the same index as pip does, from the lines of `pip config list`."""
    known = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    settings = dict(os.environ)
    for line in pip_settings:
        key, _, value = line.partition("=")
        variable = known.get(key.rpartition(".")[2])
        if variable is not None:
            settings[variable] = value.strip("'\"")
    return settings


def _pip_settings(environment: Environment) -> list[str]:
    command = [str(environment.python), "-m", "pip", "config", "list"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
