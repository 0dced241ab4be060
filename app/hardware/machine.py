"""What this machine has."""

import os
import platform
import sys
from pathlib import Path

from app.domain.hardware import Fact, Facts, Machine, Origin, read, unknown
from app.hardware import linux_gpus
from app.hardware.cgroups import MEMBERSHIPS, text_of
from app.hardware.cpu import cpu_quota, usable_threads
from app.hardware.disk import disk
from app.hardware.gpus import gpus
from app.hardware.memory import bounds
from app.hardware.processor import processor
from app.hardware.system import RealFiles


def machine(models: Path, sample: Path | None) -> Machine:
    """Look at everything but the speed of computing.

    Args:
        models: the folder of models, or where it will be.
        sample: a model to read from, to measure the disk; None = that stays unknown.
    """
    return Machine(
        cpu=_cpu(),
        memory=_memory(),
        gpus=tuple(gpus()),
        npus=tuple(linux_gpus.npus(RealFiles())) if sys.platform == "linux" else (),
        disk=disk(models, sample),
        power=_power(),
    )


def _cpu() -> Facts:
    import psutil

    found = processor()
    fast, slow = found.cores
    affinity = len(os.sched_getaffinity(0)) if sys.platform == "linux" else None
    quota = cpu_quota(text_of(MEMBERSHIPS) or "", text_of) if sys.platform == "linux" else None
    return {
        "model": read(found.model or platform.processor() or None),
        "architecture": read(platform.machine()),
        "instruction_sets": read(found.instruction_sets),
        "processors": read(os.cpu_count()),
        "cores": read(psutil.cpu_count(logical=False)),
        "performance_cores": read(fast),
        "efficiency_cores": read(slow),
        "allowed_processors": read(affinity),
        "quota": read(quota) if quota is not None else Fact(None, Origin.READ, "no bound"),
        "threads": Fact(usable_threads(), Origin.ASSUMED, "the least of cores, allowed processors and quota"),
    }


def _memory() -> Facts:
    import psutil

    memory = psutil.virtual_memory()
    return {
        "total": read(int(memory.total)),
        "available": read(int(memory.available)),
        **{name: Fact(left, Origin.READ, "" if left is not None else "no bound") for name, left in bounds().items()},
        "unified": Fact(
            sys.platform == "darwin" and platform.machine() == "arm64", Origin.ASSUMED, "true of Apple's own processors"
        ),
        "page_file": read(int(psutil.swap_memory().total)),
    }


def _power() -> Facts:
    import psutil

    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if battery is None:
        return {"source": Fact("mains", Origin.ASSUMED, "there is no battery"), "charge_percent": unknown()}
    source = "mains" if battery.power_plugged else "battery"
    return {"source": read(source), "charge_percent": read(round(battery.percent))}
