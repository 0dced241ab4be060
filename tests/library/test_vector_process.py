"""The vector index behind its pipe: the same answers, and a fault where the child is no more."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from app.library.vector_process import VectorProcess
from app.library.vectors import IndexDamaged, VectorIndex

NAME = "lectern-test"
DIMENSIONS = 16


@pytest.fixture
def index(tmp_path: Path) -> Iterator[VectorProcess]:
    made = VectorProcess(tmp_path / "vectors", NAME)
    yield made
    made.destroy()


def vectors(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(count).standard_normal((count, DIMENSIONS)).astype(np.float32)


@pytest.fixture
def others() -> set[int]:
    """The children that were there before: of libraries that other tests share."""
    return {process.pid for process in psutil.Process().children()}


def children(others: set[int]) -> list[psutil.Process]:
    return [process for process in psutil.Process().children() if process.pid not in others]


def test_the_answers_are_those_of_the_index_itself(index: VectorProcess) -> None:
    known = vectors(300)
    index.add(range(1, 301), known)
    index.delete([7, 8])
    assert index.count() == 298
    assert index.ids() == set(range(1, 301)) - {7, 8}
    near = index.nearest(known[41], 5)
    assert near[0][0] == 42
    assert near[0][1] == pytest.approx(1.0, abs=1e-4)
    index.close()
    itself = VectorIndex(index.folder, NAME)
    assert itself.nearest(known[41], 5) == near
    itself.close()


def test_chroma_is_not_loaded_here(index: VectorProcess) -> None:
    loaded = "chromadb" in sys.modules
    index.add([1], vectors(1))
    assert ("chromadb" in sys.modules) == loaded


def test_a_killed_child_is_a_damaged_index_and_the_next_one_goes_on(index: VectorProcess, others: set[int]) -> None:
    index.add(range(50), vectors(50))
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(index.add, range(50, 20_050), vectors(20_000))
        (child,) = children(others)
        child.kill()
        with pytest.raises(IndexDamaged, match="cannot be used"):
            adding.result()
    assert index.ids() >= set(range(50))
    assert len(children(others)) == 1


def test_a_spoilt_file_is_a_damaged_index(index: VectorProcess) -> None:
    index.add([1], vectors(1))
    index.close()
    (index.folder / "chroma.sqlite3").write_bytes(b"spoilt" * 100)
    with pytest.raises(IndexDamaged, match="cannot be used"):
        index.count()


def test_nothing_lives_on_after_closing(index: VectorProcess, others: set[int]) -> None:
    index.add([1], vectors(1))
    assert len(children(others)) == 1
    index.close()
    assert children(others) == []
    assert index.count() == 1
    index.destroy()
    assert children(others) == []
    assert not index.folder.exists()
    with pytest.raises(IndexDamaged, match="replaced"):
        index.count()


def test_a_folder_that_another_process_holds_is_waited_for(index: VectorProcess) -> None:
    itself = VectorIndex(index.folder, NAME)
    itself.add([1], vectors(1))
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(index.count)
        with pytest.raises(TimeoutError):
            counting.result(timeout=3)
        itself.close()
        assert counting.result() == 1
