"""What kind of processor this is, on whatever system runs here."""

import sys
from dataclasses import dataclass

from app.hardware import instructions, macos, macos_calls, windows, windows_calls
from app.hardware.system import RealFiles


@dataclass(frozen=True, slots=True)
class Processor:
    """A processor.

    Attributes:
        model: its name; None = not known.
        instruction_sets: that arithmetic gains from, as far as the system tells; None = it tells nothing.
        cores: how many fast and how many slow ones; None = the system does not tell them apart.
    """

    model: str | None
    instruction_sets: list[str] | None
    cores: tuple[int | None, int | None]


def processor() -> Processor:
    """Look at the processor of this machine."""
    if sys.platform == "linux":
        files = RealFiles()
        info = files.text("/proc/cpuinfo")
        sets = instructions.instruction_sets(info) if info else None
        found = Processor(instructions.model_name(info) or None, sets, instructions.performance_cores(files))
    elif sys.platform == "win32":
        sets = windows.instruction_sets(windows_calls.features())
        found = Processor(windows_calls.processor_name(), sets, windows.performance_cores(windows_calls.cores()))
    elif sys.platform == "darwin":
        sysctl = macos_calls.sysctl
        sets = macos.instruction_sets(sysctl)
        found = Processor(macos.model_name(sysctl), sets, macos.performance_cores(sysctl))
    else:
        found = Processor(None, None, (None, None))
    return found
