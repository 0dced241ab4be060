"""GPUs of a Mac, by Metal."""

from collections.abc import Mapping
from typing import Any

from app.domain.hardware import Fact, Facts, Origin, read, unknown
from app.hardware.drivers import gpus_told, size

MAKER = "Apple"
_CHILD = "app.hardware.metal_child"
_SECONDS = 10.0


def metal_gpus(child: str = _CHILD, seconds: float = _SECONDS) -> list[Facts]:
    """Ask Metal: see `app.hardware.drivers.gpus_told`."""
    return gpus_told(child, facts_of, None, seconds)


def facts_of(gpu: Mapping[str, Any]) -> Facts:
    """Read what Metal says of a GPU.

    Args:
        gpu: its ``name``, whether its memory is ``unified`` with main memory, and its ``working_set``: the bytes that
            it works with without becoming slow (`recommendedMaxWorkingSetSize`).

    Raises:
        KeyError, TypeError, ValueError: it makes no sense.
    """
    name, most = str(gpu["name"]), size(gpu["working_set"])
    if gpu["unified"] is not True:
        return {
            "name": read(name),
            "maker": read(name.split(" ", 1)[0]),
            "integrated": read(False),
            "memory_total": read(most),
            "memory_free": unknown("Metal does not say it"),
        }
    return {
        "name": read(name),
        "maker": read(name.split(" ", 1)[0]),
        "integrated": read(True),
        "memory_total": unknown("it is main memory"),
        "memory_free": Fact(0, Origin.ASSUMED, "it uses main memory"),
        "working_set": Fact(most, Origin.READ, "the most of main memory that it works with well"),
    }
