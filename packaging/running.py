"""Runs a program that takes a while: one moving line on the screen, everything else in a log."""

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

# A log that is not a terminal gets a line at this pace, so that it shows life and stays short.
SECONDS_BETWEEN_LINES = 10.0
LINES_OF_LOG_SHOWN = 25

NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\]")


class StepFailed(Exception):
    """A step that could not be done: what happened, and what to do next."""

    def __init__(self, summary: str, remedy: str) -> None:
        super().__init__(f"{summary}\n{remedy}")
        self.summary = summary
        self.remedy = remedy


class _Screen:
    """The one line that says how a step is getting on."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._moving = sys.stdout.isatty()
        self._started = time.monotonic()
        self._shown = self._started
        if not self._moving:
            print(f"{title} ...", flush=True)

    def show(self, news: str) -> None:
        now = time.monotonic()
        line = f"{news} ({now - self._started:.0f} s)"
        if self._moving:
            self._draw(line)
        elif now - self._shown >= SECONDS_BETWEEN_LINES:
            self._shown = now
            print(f"  {line}", flush=True)

    def close(self, outcome: str) -> None:
        line = f"{outcome} ({time.monotonic() - self._started:.0f} s)"
        if self._moving:
            self._draw(line)
            print()
        else:
            print(f"  {line}", flush=True)

    def _draw(self, line: str) -> None:
        # A line wider than the window would wrap, and the next could not overwrite it.
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{f'{self._title}: {line}'[:width]:<{width}}", end="", flush=True)


def pip_news(packages: int) -> Callable[[str], str | None]:
    """Return a reader of pip's output that says how many of `packages` are at hand."""
    seen = 0

    def read(line: str) -> str | None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            return f"{min(seen, packages)} of {packages}"
        if line.lstrip().startswith("Downloading "):
            return f"{min(seen, packages)} of {packages}, {line.strip()}"
        return "unpacking" if line.startswith("Installing collected packages") else None

    return read


def build_news(line: str) -> str | None:
    """Read how far a build by ninja is from a line of its output."""
    step = NINJA_STEP.search(line)
    return f"compiled {step[1]} of {step[2]} parts" if step else None


def run_logged(
    title: str,
    command: Sequence[str],
    log: Path,
    news: Callable[[str], str | None],
    settings: Mapping[str, str] | None = None,
) -> None:
    """Run `command` with `settings` added to the environment, its output in `log` and its news on the screen.

    Raises:
        StepFailed: it did not end well; the end of the log is on the screen.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    screen = _Screen(title)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **(settings or {})},
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        with log.open("w", encoding="utf-8") as record:
            _follow(lines, record, screen, news)
    except BaseException:
        process.terminate()
        raise
    finally:
        status = process.wait()
        # A program that it started may hold the pipe open for longer.
        reader.join(timeout=5.0)
    if status == 0:
        screen.close("done")
        return
    screen.close("failed")
    print("\n".join(log.read_text(encoding="utf-8").splitlines()[-LINES_OF_LOG_SHOWN:]), flush=True)
    raise StepFailed(f"{title}: failed. The whole log is in {log}.", "Put right what it says, then run this again.")


def _pass_on(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def _follow(
    lines: queue.SimpleQueue[str | None], record: IO[str], screen: _Screen, news: Callable[[str], str | None]
) -> None:
    latest = "started"
    while True:
        try:
            line = lines.get(timeout=1.0)
        except queue.Empty:
            screen.show(latest)
            continue
        if line is None:
            return
        record.write(line)
        heard = news(line)
        if heard is not None:
            latest = heard
            screen.show(latest)
