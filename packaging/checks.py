"""Everything that CI runs, in order. A failed check does not hide the next; all are named at the end."""

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import machine
from environment import Environment
from running import pip_news
from setup_steps import ensure_llama, install_lock, pip_install, prepare_base

CHECKED = ("app", "packaging", "tests")
QT_MODULES = ("PySide6", "shiboken6")
# In these lie the tests that need a window.
QT_TESTS = ("tests/ui", "tests/offline")
COUNTED = re.compile(r"(\d+) (passed|failed|error|skipped|xfailed|xpassed)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check went, with the tests it counted by their result."""

    name: str
    passed: bool
    seconds: float
    tests: Counter[str] = field(default_factory=Counter)


def run_checks(environment: Environment) -> int:
    """Bring what the tests need, run every check, and return the exit status.

    Raises:
        StepFailed: something that the tests need could not be had.
    """
    prepare_base(environment)
    install_lock(environment, "test", "Installing what the tests need besides")
    libraries = [machine.QT_LIBRARIES[name] for name in machine.missing_libraries()]
    machine.bring([*libraries, *machine.missing_test_programs()], "the tests")

    python = str(environment.python)
    # The quick checks come before the two long installations, which they do not need.
    outcomes = [
        check("ruff", [python, "-m", "ruff", "check", *CHECKED]),
        check("ruff format", [python, "-m", "ruff", "format", "--check", *CHECKED]),
        check("mypy", *([python, "-m", "mypy", *group] for group in type_groups(environment.root))),
        check("import rules", [str(environment.program("lint-imports")), "--no-cache"]),
    ]
    ensure_llama(environment)
    install_torch(environment)
    outcomes.append(check_core(python))
    outcomes.append(check_suite("window", [python, "-m", "pytest", "--durations=10", *QT_TESTS], {}))
    return report(outcomes)


def install_torch(environment: Environment) -> None:
    """Install the torch that pyproject.toml pins, by itself and without a hash.

    Its files differ from machine to machine: a processor-only build lies on some, elsewhere it brings CUDA.

    Raises:
        StepFailed: pip could not.
    """
    project = tomllib.loads((environment.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["sentence-transformers"]
    pin = next(requirement for requirement in extra if requirement.startswith("torch=="))
    title = f"Installing {pin}"
    environment.once("torch", pin, lambda: pip_install(environment, title, "torch", [pin], pip_news(1)))


def type_groups(root: Path) -> list[list[str]]:
    """Return what mypy is given together: the program, then each folder of tests, since several have a conftest."""
    folders = sorted({path.parent for path in (root / "tests").rglob("*.py")} - {root / "tests"})
    return [["app", "packaging", "tests/conftest.py"], *([str(folder.relative_to(root))] for folder in folders)]


def check(name: str, *commands: list[str]) -> Outcome:
    """Run a check that only passes or fails; it passes when each of its commands does."""
    started = time.monotonic()
    statuses = []
    for command in commands:
        _announce(name, command)
        statuses.append(subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode)
    return Outcome(name, not any(statuses), time.monotonic() - started)


def check_suite(name: str, command: list[str], settings: Mapping[str, str]) -> Outcome:
    """Run tests with `settings` added to the environment, and count their results from pytest's last line."""
    _announce(name, command)
    started = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
    ) as process:
        last = ""
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line.strip() or last
    return Outcome(name, process.returncode == 0, time.monotonic() - started, counts(last))


def counts(line: str) -> Counter[str]:
    """Read how many tests had each result from the line with which pytest closes."""
    return Counter({result: int(number) for number, result in COUNTED.findall(line)})


def check_core(python: str) -> Outcome:
    """Run the tests that need no window while Qt cannot be imported, in this process's children as well.

    The window's tests have another process, since these load what never shares one with a window, such as Torch: a run
    of all of them in one ended in a segmentation fault when the first window was made.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = block_qt(Path(folder))
        for module in QT_MODULES:
            probe = [python, "-c", f"import {module}"]
            answer = subprocess.run(probe, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
            print(f"import {module}: {answer.stderr.strip().splitlines()[-1] if answer.stderr else 'works'}")
            if answer.returncode == 0:
                return Outcome("core", passed=False, seconds=0.0)
        command = [python, "-m", "pytest", "--durations=10", "-p", "no:pytest-qt", "tests"]
        command += [f"--ignore={folder}" for folder in QT_TESTS]
        return check_suite("core", command, settings)


def block_qt(folder: Path) -> dict[str, str]:
    """Put modules that refuse into `folder`, and return the settings that put them before Qt's own."""
    for module in QT_MODULES:
        refusal = f'raise ImportError("{module} is kept away in this run", name="{module}")\n'
        (folder / f"{module}.py").write_text(refusal, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


def report(outcomes: list[Outcome]) -> int:
    """Print how every check went and, last, the number of tests that passed and failed; return the exit status."""
    print()
    for outcome in outcomes:
        print(f"{'passed' if outcome.passed else 'FAILED'}  {outcome.name} ({outcome.seconds:.0f} s)")
    tests = sum((outcome.tests for outcome in outcomes), Counter())
    # A check that fails without a failed test, such as ruff, counts as one.
    failed = sum(
        max(outcome.tests["failed"] + outcome.tests["error"], 0 if outcome.passed else 1) for outcome in outcomes
    )
    skipped = f", {tests['skipped']} skipped" if tests["skipped"] else ""
    print(f"{tests['passed']} passed, {failed} failed{skipped}", flush=True)
    return 1 if failed else 0


def _announce(name: str, command: list[str]) -> None:
    print(f"\n=== {name}: {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)
