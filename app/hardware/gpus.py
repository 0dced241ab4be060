"""The GPUs of this machine, and what of their memory a model may use."""

import sys
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from app.domain.hardware import Facts
from app.hardware import linux_gpus, nvidia
from app.hardware.dxgi import dxgi_gpus
from app.hardware.metal import metal_gpus
from app.hardware.nvidia import nvidia_gpus
from app.hardware.system import RealFiles

_FRESH = 10.0  # seconds: asking takes tenths of one, and one listing asks once for each model


def gpus() -> list[Facts]:
    """Look at those that compute; software renderers and remote displays are not among them."""
    if sys.platform == "darwin":
        found = metal_gpus()
    elif sys.platform == "win32":
        found = merged(nvidia_gpus(), dxgi_gpus())
    else:
        found = merged(nvidia_gpus(), linux_gpus.gpus(RealFiles()))
    return found


def merged(by_nvidia: list[Facts], others: list[Facts]) -> list[Facts]:
    """Put together what NVIDIA's driver and the system tell; a GPU of NVIDIA that both tell of is there once.

    The driver knows more of its GPUs, but Windows knows them too where it fails.
    """
    told = any(gpu["memory_free"].value is not None for gpu in by_nvidia)
    return [*by_nvidia, *(gpu for gpu in others if not (told and gpu["maker"].value == nvidia.MAKER))]


@dataclass(frozen=True, slots=True)
class GpuRoom:
    """What of the memory of a GPU a model may use.

    Attributes:
        size: bytes.
        unified: they are a part of main memory.
    """

    size: int
    unified: bool


_NONE = GpuRoom(0, unified=False)


def largest_room(found: Iterable[Facts], makers: Set[str]) -> GpuRoom:
    """Return the most that one GPU offers: a model is not spread over several.

    Args:
        found: the GPUs. What is free counts; one that does not say it offers nothing.
        makers: whose GPUs the engine can use.
    """
    return max((_room(gpu) for gpu in found if gpu["maker"].value in makers), key=lambda room: room.size, default=_NONE)


def _room(gpu: Facts) -> GpuRoom:
    shared = gpu.get("working_set")
    size = (shared or gpu["memory_free"]).value
    return GpuRoom(size, unified=shared is not None) if isinstance(size, int) else _NONE


class GpuMemory:
    """Tells what of the memory of a GPU a model may use now. Nothing is asked before. Safe to use from any thread.

    Args:
        makers: asks whose GPUs the engine can use; asked once.
        look: looks at the GPUs.
        loaded: whether a model of ours is loaded. What it took is free for its successor, so it is what was free before
            that counts then.
    """

    def __init__(
        self, makers: Callable[[], Set[str]], look: Callable[[], Iterable[Facts]], loaded: Callable[[], bool]
    ) -> None:
        self._makers = makers
        self._look = look
        self._loaded = loaded
        self._lock = Lock()
        self._usable: Set[str] | None = None
        self._known: GpuRoom | None = None
        self._looked = 0.0

    def room(self) -> GpuRoom:
        """Return it; nothing where the engine can use no GPU."""
        with self._lock:
            if self._usable is None:
                self._usable = self._makers()
            if not self._usable:
                return _NONE
            old = monotonic() - self._looked > _FRESH and not self._loaded()
            if self._known is None or old:
                self._known = largest_room(self._look(), self._usable)
                self._looked = monotonic()
            return self._known
