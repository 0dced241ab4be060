"""What a model may use here, as `app.bootstrap` puts it together: memory, the user's limit, and GPUs."""

from pathlib import Path

import pytest

from app import bootstrap
from app.bootstrap import open_shelf
from app.domain.fit import Verdict
from app.domain.hardware import Facts, read
from app.models.fit import Room
from app.models.runtimes.offload import built_for_gpus
from app.models.shelf import Shelf
from app.models.store import LIMIT

GIB, MIB = 1 << 30, 1 << 20


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return open_shelf(tmp_path / "models", tmp_path / "no policy")


@pytest.mark.skipif(built_for_gpus(), reason="this llama.cpp is built for GPUs")
def test_a_build_for_processors_looks_for_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> list[Facts]:
        raise AssertionError("GPUs were looked for")

    monkeypatch.setattr(bootstrap, "gpus", never)
    room = open_shelf(Path("nowhere"), Path("no policy")).room()
    assert (room.gpu, room.unified, room.limited) == (0, False, False)


def with_gpu(monkeypatch: pytest.MonkeyPatch, maker: str, **facts: int) -> Room:
    """A machine with a llama.cpp and a GPU that this one lacks."""
    monkeypatch.setattr(bootstrap, "usable_makers", lambda: frozenset({maker}))
    found = {name: read(size) for name, size in facts.items()}
    monkeypatch.setattr(bootstrap, "gpus", lambda: [{"maker": read(maker), **found}])
    return open_shelf(Path("nowhere"), Path("no policy")).room()


def test_what_is_free_on_a_gpu_comes_beside_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    room = with_gpu(monkeypatch, "NVIDIA", memory_total=24 * GIB, memory_free=900 * GIB)
    assert (room.gpu, room.unified) == (900 * GIB, False)
    assert room.gpu > room.memory


def test_unified_memory_is_never_more_than_what_is_free_of_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = with_gpu(monkeypatch, "Apple", memory_free=0, working_set=900 * GIB)
    assert (wide.gpu, wide.unified) == (wide.memory, True)
    assert with_gpu(monkeypatch, "Apple", memory_free=0, working_set=MIB).gpu == MIB


def test_the_limit_holds_for_all_models_together(shelf: Shelf) -> None:
    free = shelf.room().memory
    shelf.store.set_limit(600 * MIB)
    room = shelf.room()
    assert room.limited
    assert room.memory == 600 * MIB - shelf.largest_embedder()
    shelf.store.set_limit(1 << 49)
    assert not shelf.room().limited
    assert shelf.room().memory == pytest.approx(free, rel=0.2)
    shelf.store.set_limit(MIB)
    assert shelf.room().memory == 0


def test_a_model_that_the_limit_hinders_says_so(shelf: Shelf) -> None:
    shelf.store.set_limit(100 * MIB)
    hindered = [standing.fit for standing in shelf.standings() if standing.fit.verdict is Verdict.NO]
    assert hindered
    assert all("Raise the limit" in fit.why for fit in hindered)


def test_without_a_limit_that_can_be_read_none_holds(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / LIMIT).write_text("much")
    assert not shelf.room().limited
