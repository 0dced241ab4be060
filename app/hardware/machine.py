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
from app.hardware.instructions import instruction_sets, model_name, performance_cores
from app.hardware.memory import left_in_groups
from app.hardware.nvidia import nvidia_gpus
from app.hardware.system import RealFiles


def machine(models: Path, sample: Path | None) -> Machine:
    """Look at everything but the speed of computing.

    Args:
        models: the folder of models, or where it will be.
        sample: a model to read from, to measure the disk; None = that stays unknown.
    """
    files = RealFiles()
    linux = sys.platform == "linux"
    return Machine(
        cpu=_cpu(files),
        memory=_memory(),
        gpus=(*nvidia_gpus(), *(linux_gpus.gpus(files) if linux else [])),
        npus=tuple(linux_gpus.npus(files)) if linux else (),
        disk=disk(models, sample),
        power=_power(),
    )


def _cpu(files: RealFiles) -> Facts:
    import psutil

    info = files.text("/proc/cpuinfo") if sys.platform == "linux" else None
    fast, slow = performance_cores(files) if sys.platform == "linux" else (None, None)
    affinity = len(os.sched_getaffinity(0)) if sys.platform == "linux" else None
    quota = cpu_quota(text_of(MEMBERSHIPS) or "", text_of) if sys.platform == "linux" else None
    return {
        "model": read(model_name(info) or platform.processor() or None),
        "architecture": read(platform.machine()),
        "instruction_sets": read(instruction_sets(info)) if info else unknown(),
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
    groups = list(left_in_groups(text_of(MEMBERSHIPS) or "", text_of)) if sys.platform == "linux" else []
    return {
        "total": read(int(memory.total)),
        "available": read(int(memory.available)),
        "left_in_control_groups": read(min(groups)) if groups else Fact(None, Origin.READ, "no bound"),
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
