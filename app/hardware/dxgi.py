"""GPUs as Windows shows them by DXGI, with memory of their own and memory that they share apart.

The structures are those of dxgi.h and dxgi1_4.h, for 64 bits; the child process that asks for them only hands them on.
"""

from collections.abc import Mapping
from struct import Struct, error
from typing import Any

from app.domain.hardware import Fact, Facts, Origin, read, unknown
from app.hardware.drivers import gpus_told, size
from app.hardware.linux_gpus import MAKERS

_CHILD = "app.hardware.dxgi_child"
_SECONDS = 20.0  # Windows may wake a sleeping GPU first
# DXGI_ADAPTER_DESC1: description; vendor, device, subsystem, revision; own, system and shared memory; LUID; flags.
_DESCRIPTION = Struct("<256s4I3QIiI4x")
_MEMORY = Struct("<4Q")  # DXGI_QUERY_VIDEO_MEMORY_INFO: budget, use, and two for reservations
_REMOTE, _SOFTWARE = 1, 2  # DXGI_ADAPTER_FLAG_…
# Who makes GPUs that compute. "Microsoft Basic Render Driver" and the displays of remote desktops and virtual machines
# have other makers.
_MAKERS = {**MAKERS, 0x4D4F4351: "Qualcomm"}


def dxgi_gpus(child: str = _CHILD, seconds: float = _SECONDS) -> list[Facts]:
    """Ask Windows: see `app.hardware.drivers.gpus_told`."""
    return gpus_told(child, facts_of, None, seconds)


def facts_of(adapter: Mapping[str, Any]) -> Facts | None:
    """Read what DXGI says of an adapter; None where it is not a GPU that computes.

    Args:
        adapter: in hexadecimal digits its ``description``, and its ``local`` and ``shared`` memory, which are None
            where Windows is too old to say.

    Raises:
        KeyError, TypeError, ValueError: it makes no sense.
    """
    try:
        text, vendor, _, _, _, own, _, shared, _, _, flags = _DESCRIPTION.unpack(bytes.fromhex(adapter["description"]))
        local, beside = (_left(adapter[name]) for name in ("local", "shared"))
    except error as bad:
        raise ValueError(str(bad)) from bad
    maker = _MAKERS.get(vendor)
    if maker is None or flags & (_REMOTE | _SOFTWARE):
        return None
    # A GPU that is a part of the processor has one kind of memory only, to which all is local (D3D12_MEMORY_POOL).
    integrated = None if beside is None else beside[0] == 0
    return {
        "name": read(text.decode("utf-16-le", "replace").partition("\0")[0]),
        "maker": read(maker),
        "integrated": unknown() if integrated is None else Fact(integrated, Origin.ASSUMED),
        "memory_total": read(size(own)),
        "memory_shared": read(size(shared)),
        "memory_free": _free(own, local, integrated),
    }


def _free(own: int, local: tuple[int, int] | None, integrated: bool | None) -> Fact:
    if integrated:
        return Fact(0, Origin.ASSUMED, "it uses main memory")
    if local is None:
        return unknown("this Windows does not say it")
    budget, used = local
    # Never what is shared: a model that spills into it becomes many times slower (ollama #4498).
    return Fact(min(own, max(0, budget - used)), Origin.READ, "as much as Windows lets one program have now")


def _left(digits: str | None) -> tuple[int, int] | None:
    if digits is None:
        return None
    budget, used, _, _ = _MEMORY.unpack(bytes.fromhex(digits))
    return budget, used
