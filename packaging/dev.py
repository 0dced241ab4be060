"""Sets Lectern up, starts it, tests it and renews its pins: python3 packaging/dev.py run|test|lock.

Standard library only. This file keeps to what Python 3.6 can read, and imports the others late, so that a Python that
is too old gets a clear message.
"""

import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

OLDEST_PYTHON = (3, 11)
USAGE = """usage: python3 packaging/dev.py COMMAND

  run [--retry] [ARGUMENT...]  set Lectern up where needed, then start it with these arguments
                               (--retry: build llama-cpp-python again although it failed before)
  test                         install what the tests need besides, then run everything CI runs
  lock                         renew the pinned versions in packaging/locks
"""


def too_old(major: int, minor: int) -> str:
    """Return what to tell the user of a Python that is too old, or nothing."""
    if (major, minor) >= OLDEST_PYTHON:
        return ""
    return (
        f"Lectern needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer, and this is {major}.{minor} "
        f"({sys.executable}).\nInstall a newer Python, then start this file with it, "
        "for example: python3.11 packaging/dev.py run"
    )


def start_lectern(python: Path, *arguments: str) -> int:
    """Start Lectern in place of this process, or below it where the system cannot replace a process."""
    command = [str(python), "-m", "app", *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


def main(*arguments: str) -> int:
    """Do one command and return the exit status."""
    complaint = too_old(*sys.version_info[:2])
    if complaint:
        print(complaint, file=sys.stderr)
        return 3
    if not arguments or arguments[0] not in {"run", "test", "lock"}:
        print(USAGE, file=sys.stderr)
        return 2

    from environment import Environment
    from running import StepFailed

    root = Path(__file__).resolve().parent.parent
    environment = Environment(root)
    command, rest = arguments[0], arguments[1:]
    os.chdir(root)
    try:
        if command == "run":
            from setup_steps import prepare_run

            retry = rest[:1] == ("--retry",)
            # What Lectern itself prints may be read by a program; the set-up must not come between.
            with redirect_stdout(sys.stderr):
                prepare_run(environment, retry=retry)
            return start_lectern(environment.python, *rest[retry:])
        if command == "test":
            from checks import run_checks

            return run_checks(environment)
        from pins import renew

        renew(environment)
    except StepFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
