"""The child process that asks NVIDIA's driver, which may hang or crash: it answers with what NVML says and ends."""

import os
from typing import Any

from app.processes.parent_pipe import ParentPipe


def _asked(nvml: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a module without types
    found = []
    for place in range(nvml.nvmlDeviceGetCount()):
        device = nvml.nvmlDeviceGetHandleByIndex(place)
        memory = nvml.nvmlDeviceGetMemoryInfo(device)
        capability = nvml.nvmlDeviceGetCudaComputeCapability(device)
        found.append(
            {
                "name": nvml.nvmlDeviceGetName(device),
                "total": memory.total,
                "free": memory.free,
                "capability": ".".join(map(str, capability)),
                "driver": nvml.nvmlSystemGetDriverVersion(),
            }
        )
    return found


def main() -> None:
    """Ask, answer, end."""
    parent = ParentPipe()
    parent.listen()
    parent.next()
    import pynvml

    try:
        pynvml.nvmlInit()
        parent.send({"gpus": _asked(pynvml)})
    except pynvml.NVMLError as error:
        parent.send({"absent": str(error)})
    os._exit(0)


if __name__ == "__main__":
    main()
