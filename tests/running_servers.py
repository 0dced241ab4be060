"""Real servers on this computer, started for a test and ended after it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from time import monotonic, sleep

import httpx

PROGRAMS = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")
LLAMA_SERVER = Path(__file__).with_name("models") / "llama_cpp_server.py"
LLAMA_SETTINGS = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
"""Threads that wait for one another sleep: spinning takes a hundred times as long on cores that others use too."""
_PATIENCE = 60.0


def free_port() -> int:
    with socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def started(command: list[str], settings: dict[str, str], ready: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a server, and wait until the address ``ready`` answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=output, stderr=output)
    deadline = monotonic() + _PATIENCE
    while not _answers(ready):
        if process.poll() is not None or monotonic() > deadline:
            process.kill()
            raise AssertionError(f"{command[0]} does not get ready: {log.read_text(errors='replace')}")
        sleep(0.1)
    return process


@contextmanager
def running(command: list[str], settings: dict[str, str], ready: str, log: Path) -> Iterator[None]:
    """Run a server, and end it afterwards."""
    process = started(command, settings, ready, log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False
