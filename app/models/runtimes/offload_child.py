"""The child process that asks llama.cpp which of its backends have a GPU here: it answers and ends."""

import os
from collections.abc import Container
from ctypes import c_char_p, c_int, c_size_t, c_void_p
from pathlib import Path

from app.models.runtimes.ggml import library
from app.models.runtimes.llama_cpp_engine import ENVIRONMENT
from app.processes.parent_pipe import ParentPipe

_GPUS = (1, 2)  # `ggml_backend_dev_type` of ggml-backend.h: with memory of its own, and with main memory


def backends(kinds: Container[int]) -> list[str]:
    """Return the names of ggml's backends that have a device of one of these kinds here."""
    from llama_cpp import _ggml

    registry, base = _ggml.libggml, library(Path(_ggml.libggml_base_path), "ggml-base")
    registry.ggml_backend_dev_count.restype = c_size_t
    registry.ggml_backend_dev_get.restype = base.ggml_backend_dev_backend_reg.restype = c_void_p
    base.ggml_backend_dev_type.restype, base.ggml_backend_reg_name.restype = c_int, c_char_p
    count = registry.ggml_backend_dev_count()
    devices = [c_void_p(registry.ggml_backend_dev_get(c_size_t(place))) for place in range(count)]
    fitting = [device for device in devices if base.ggml_backend_dev_type(device) in kinds]
    makers = (c_void_p(base.ggml_backend_dev_backend_reg(device)) for device in fitting)
    return sorted({base.ggml_backend_reg_name(maker).decode() for maker in makers})


def main() -> None:
    """Ask, answer, end."""
    os.environ.update(ENVIRONMENT)
    parent = ParentPipe()
    parent.listen()
    parent.next()
    import llama_cpp

    # It is true where only a server elsewhere could compute, too: so the devices are looked at besides.
    parent.send({"backends": backends(_GPUS) if llama_cpp.llama_supports_gpu_offload() else []})
    os._exit(0)


if __name__ == "__main__":
    main()
