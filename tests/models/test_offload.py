"""Whose GPUs llama.cpp can use: the real build for processors, and the answers of builds that this machine lacks."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import pytest

from app.models.runtimes.offload import built_for_gpus, makers_of, usable_makers
from app.processes.one_answer import one_answer

ROOT = Path(__file__).parents[2]
STAND_IN = "tests.models.offload_stand_in"

needs_llama_cpp = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)


@pytest.fixture
def for_cuda(tmp_path: Path) -> Path:
    """The folder of libraries of a build for CUDA."""
    for name in ("libggml-base.so", "libggml-cpu.so", "libggml-cuda.so", "libllama.so"):
        (tmp_path / name).touch()
    return tmp_path


@needs_llama_cpp
def test_the_build_for_processors_is_known_without_asking() -> None:
    assert not built_for_gpus()
    began = monotonic()
    assert usable_makers("no.such.child") == frozenset()
    assert monotonic() - began < 0.05


@needs_llama_cpp
def test_it_says_so_itself_too() -> None:
    assert one_answer("app.models.runtimes.offload_child", {}, 30.0) == {"backends": []}


@needs_llama_cpp
def test_the_backends_of_the_real_llama_cpp_are_found_by_what_they_compute_on() -> None:
    # In a process of its own, as llama.cpp always is.
    script = "from app.models.runtimes.offload_child import backends; print(backends((0,)), backends((1, 2)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['CPU'] []"


@pytest.mark.parametrize("name", ["libggml-cuda.so", "ggml-vulkan.dll", "libggml-metal.dylib", "libggml-hip.so.0"])
def test_a_library_for_gpus_is_known_by_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "libggml-cpu.so").touch()
    assert not built_for_gpus(tmp_path)
    (tmp_path / name).touch()
    assert built_for_gpus(tmp_path)
    assert not built_for_gpus(tmp_path / "gone")


def test_a_backend_computes_on_the_gpus_of_its_makers() -> None:
    assert makers_of(["CUDA"]) == {"NVIDIA"}
    assert makers_of(["MTL", "BLAS"]) == {"Apple"}
    assert makers_of(["Vulkan"]) == {"AMD", "Intel", "NVIDIA"}
    assert makers_of(["CPU", "RPC"]) == frozenset()


def test_a_build_for_gpus_is_asked(for_cuda: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFLOAD", "CUDA")
    assert usable_makers(STAND_IN, for_cuda) == {"NVIDIA"}


@pytest.mark.parametrize("behaviour", ["hangs", "crashes"])
def test_one_that_does_not_answer_uses_no_gpu(behaviour: str, for_cuda: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFLOAD", behaviour)
    assert usable_makers(STAND_IN, for_cuda, seconds=1.0) == frozenset()
