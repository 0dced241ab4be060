"""What every test stands on: the switches, and the real starter models."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.security import switches

switches.apply()

from app.hardware.cpu import usable_threads  # noqa: E402 - the switches must stand before any engine is imported
from app.library.library import Library  # noqa: E402
from app.models.packs import starter_embedder  # noqa: E402
from app.models.runtimes.onnx import OnnxEmbedder  # noqa: E402


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
    opened = Library(tmp_path / "library", embedder, "", workers=2)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def evaluation() -> Path:
    """The folder of real questions with known answers."""
    folder = Path(__file__).parents[2] / "shared" / "eval"
    if not folder.is_dir():
        pytest.skip("the evaluation sets are not beside this checkout (../shared/eval)")
    return folder
