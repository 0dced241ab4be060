"""Real servers on this computer, and a counter of tokens."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, socket
from time import monotonic, sleep

import httpx
import pytest

from app.models.packs import starter_generator
from app.security.policy import Server, ServerKind

PROGRAMS = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")
LLAMA_SERVER = PROGRAMS / "llama-server"
_PATIENCE = 60.0


def free_port() -> int:
    with socket(AF_INET) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], settings: dict[str, str], ready: str, log: Path) -> Iterator[None]:
    """Run a server until the address ``ready`` answers, and end it afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=output, stderr=output)
    try:
        deadline = monotonic() + _PATIENCE
        while not _answers(ready):
            assert process.poll() is None, log.read_text(errors="replace")
            assert monotonic() < deadline, f"{command[0]} does not get ready"
            sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """llama-server with the starter model in a context of 1,024 tokens."""
    if not LLAMA_SERVER.is_file():
        pytest.skip("llama-server is not built: there was no C++ compiler to build it with")
    port = free_port()
    command = [str(LLAMA_SERVER), "--model", str(starter_generator().model), "--alias", "smollm2"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--ctx-size", "1024", "--parallel", "1", "--threads", "2"]
    log = tmp_path_factory.mktemp("llama-server") / "log"
    with running(command, {}, f"http://127.0.0.1:{port}/health", log):
        yield Server(ServerKind.OPENAI, f"http://127.0.0.1:{port}/v1")


@pytest.fixture(scope="session")
def ollama_speaker(llama_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of another maker that speaks the protocol of Ollama, and has `llama_server` compute."""
    port = free_port()
    command = [str(PROGRAMS / "ollama-proxy"), "--host", "127.0.0.1", "--port", str(port)]
    settings = {
        "PROVIDERS_LOCAL_BASE_URL": llama_server.url,
        "PROVIDERS_LOCAL_API_KEY": "none",
        "EXTRA_MODELS": "local/smollm2",
    }
    folder = tmp_path_factory.mktemp("ollama-proxy")
    with running(command, settings, f"http://127.0.0.1:{port}/api/version", folder / "log"):
        yield Server(ServerKind.OLLAMA, f"http://127.0.0.1:{port}")
