"""GPUs of NVIDIA, by NVML."""

from collections.abc import Mapping
from typing import Any

from app.domain.hardware import Facts, read
from app.hardware.drivers import gpus_told, size

MAKER = "NVIDIA"
_CHILD = "app.hardware.nvidia_child"
_SECONDS = 10.0
# What the makers of laptops' GPUs call them; they share names with faster ones.
_LAPTOP = ("laptop", "mobile", "max-q")


def nvidia_gpus(child: str = _CHILD, seconds: float = _SECONDS) -> list[Facts]:
    """Ask the driver: see `app.hardware.drivers.gpus_told`."""
    return gpus_told(child, _facts, MAKER, seconds)


def _facts(gpu: Mapping[str, Any]) -> Facts:
    total, free = size(gpu["total"]), size(gpu["free"])
    name = str(gpu["name"])
    return {
        "name": read(name),
        "maker": read(MAKER),
        "driver": read(str(gpu["driver"])),
        "capability": read(str(gpu["capability"])),
        "laptop": read(any(word in name.lower() for word in _LAPTOP)),
        "integrated": read(False),
        "memory_total": read(total),
        # Free is never more than there is, whatever the driver says.
        "memory_free": read(min(total, free)),
    }
