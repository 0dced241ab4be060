"""GPUs and NPUs as the kernel of Linux shows them, without asking a driver."""

from collections.abc import Iterator

from app.domain.hardware import Fact, Facts, Origin, read, unknown
from app.hardware.system import Files, number

_DRM, _ACCEL = "/sys/class/drm", "/sys/class/accel"
_AMD, _INTEL, _NVIDIA = 0x1002, 0x8086, 0x10DE
# By their numbers on the PCI bus.
MAKERS = {_AMD: "AMD", _INTEL: "Intel", _NVIDIA: "NVIDIA"}
# Drivers that draw without a GPU, or for a screen elsewhere (drivers/gpu/drm of the kernel).
_NOT_COMPUTING = frozenset(
    {"vgem", "vkms", "bochs-drm", "cirrus", "ast", "mgag200", "qxl", "simpledrm", "simple-framebuffer", "vboxvideo"}
    | {"vmwgfx", "hyperv_drm", "virtio_gpu", "virtio-pci", "udl", "evdi", "gud", "efi-framebuffer"}
)
_GIB = 1 << 30


def gpus(files: Files) -> list[Facts]:
    """Return the GPUs of AMD and Intel, from ``/sys/class/drm`` (Documentation/gpu/amdgpu, drivers/gpu/drm/xe).

    Those of NVIDIA say nothing of their memory there: see `app.hardware.nvidia`.
    """
    return [found for card in _cards(files) if (found := _gpu(files, card)) is not None]


def npus(files: Files) -> list[Facts]:
    """Return the NPUs, from ``/sys/class/accel`` (Documentation/accel)."""
    found: list[Facts] = []
    for name in files.names(_ACCEL):
        device = f"{_ACCEL}/{name}/device"
        vendor = number(files.text(f"{device}/vendor"), 16)
        if vendor is not None:
            code = (files.text(f"{device}/device") or "").strip()
            found.append({"name": read(f"{MAKERS.get(vendor, f'{vendor:#06x}')} {code}".strip())})
    return found


def _cards(files: Files) -> Iterator[str]:
    for name in files.names(_DRM):
        # "card0" is a card, "card0-HDMI-A-1" one of its sockets.
        if name.startswith("card") and name[4:].isdecimal():
            yield f"{_DRM}/{name}/device"


def _gpu(files: Files, device: str) -> Facts | None:
    vendor = number(files.text(f"{device}/vendor"), 16)
    uevent = dict(line.split("=", 1) for line in (files.text(f"{device}/uevent") or "").splitlines() if "=" in line)
    if vendor not in (_AMD, _INTEL) or uevent.get("DRIVER") in _NOT_COMPUTING:
        return None
    name = (files.text(f"{device}/product_name") or files.text(f"{device}/label") or "").strip()
    code = (files.text(f"{device}/device") or "").strip()
    maker = MAKERS[vendor]
    memory = _amd_memory(files, device) if vendor == _AMD else _intel_memory(files, device)
    return {
        "name": read(name or f"{maker} {code}".strip()),
        "maker": read(maker),
        "driver": read(uevent.get("DRIVER")),
        **memory,
    }


def _amd_memory(files: Files, device: str) -> Facts:
    own, own_used, shared = (
        number(files.text(f"{device}/mem_info_{name}")) for name in ("vram_total", "vram_used", "gtt_total")
    )
    # As Ollama tells them apart: a small carve-out with a large share of main memory beside it is a part of the
    # processor. Its memory is main memory, and is counted there.
    integrated = own is not None and shared is not None and own <= 4 * _GIB and shared >= max(8 * _GIB, 4 * own)
    free = None if own is None or own_used is None or integrated else max(0, own - own_used)
    return {
        "integrated": Fact(integrated, Origin.ASSUMED) if own is not None else unknown(),
        "memory_total": read(own),
        "memory_free": Fact(0, Origin.ASSUMED, "it uses main memory") if integrated else read(free),
    }


def _intel_memory(files: Files, device: str) -> Facts:
    # Cards of their own show their memory (xe: tile0/vram0, i915: gt/…/lmem_total_bytes); what is built in has none.
    total = next(
        (
            size
            for name in ("tile0/physical_vram_size_bytes", "lmem_total_bytes", "mem_info_vram_total")
            if (size := number(files.text(f"{device}/{name}"), 0)) is not None
        ),
        None,
    )
    if total is None:
        return {
            "integrated": Fact(True, Origin.ASSUMED),
            "memory_total": unknown(),
            "memory_free": Fact(0, Origin.ASSUMED, "it uses main memory"),
        }
    return {
        "integrated": Fact(False, Origin.ASSUMED),
        "memory_total": read(total),
        "memory_free": unknown("the driver does not say it without privileges"),
    }
