"""Whose GPUs the installed llama.cpp can use. Asked in a child process: nothing of the engine is loaded here."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from app.processes.child_process import ChildEnded
from app.processes.one_answer import one_answer

_CHILD = "app.models.runtimes.offload_child"
_SECONDS = 30.0  # the libraries of a maker can be half a gigabyte, and wake the GPU
# From the names of ggml's backends (`GGML_…_NAME` of its headers) to the makers of the GPUs that each computes on.
_MAKERS = {
    "CUDA": {"NVIDIA"},
    "ROCm": {"AMD"},
    "MTL": {"Apple"},
    "SYCL": {"Intel"},
    "Vulkan": {"AMD", "Intel", "NVIDIA"},
}
_LIBRARIES = ("ggml-cuda", "ggml-hip", "ggml-metal", "ggml-sycl", "ggml-vulkan")


def usable_makers(child: str = _CHILD, libraries: Path | None = None, seconds: float = _SECONDS) -> frozenset[str]:
    """Return the makers whose GPUs llama.cpp can use here; none where it can use none, or does not say.

    The build for processors alone, which has no library for a GPU, is known without asking: start costs nothing then.

    Args:
        child: the module of the child process.
        libraries: as for `built_for_gpus`.
        seconds: after which the child is given up.
    """
    if not built_for_gpus(libraries):
        return frozenset()
    try:
        backends = one_answer(child, {}, seconds)["backends"]
    except (TimeoutError, ChildEnded):
        return frozenset()
    return makers_of(backends)


def built_for_gpus(libraries: Path | None = None) -> bool:
    """Whether llama.cpp has a library for GPUs.

    Args:
        libraries: the folder of llama.cpp's libraries; None = that of the installed llama-cpp-python.
    """
    folder = libraries or _installed()
    names = [path.name.removeprefix("lib") for path in folder.iterdir()] if folder and folder.is_dir() else []
    return any(name.startswith(_LIBRARIES) for name in names)


def makers_of(backends: Iterable[str]) -> frozenset[str]:
    """Return the makers of the GPUs that these backends of ggml compute on."""
    return frozenset(maker for backend in backends for maker in _MAKERS.get(backend, ()))


def _installed() -> Path | None:
    spec = find_spec("llama_cpp")
    return Path(spec.origin).parent / "lib" if spec is not None and spec.origin else None
