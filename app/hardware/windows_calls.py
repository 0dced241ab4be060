"""Asks Windows for the structures that `app.hardware.windows` reads. No driver is asked, so it cannot hang.

It was written from the documentation of Windows and has not been run there. What does not answer is None or empty.
"""

import ctypes
import sys
from contextlib import suppress

from app.hardware.windows import FEATURES, JOB_LIMITS_BYTES, JOB_USE_BYTES, MEMORY_STATUS_BYTES

_CORE = 0  # RelationProcessorCore
_JOB_LIMITS, _JOB_USE = 9, 28  # JobObjectExtendedLimitInformation, JobObjectMemoryUsageInformation
_PROCESSOR = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"


def processor_name() -> str | None:
    """Return the name that the firmware gave the processor."""
    name = None
    if sys.platform == "win32":
        import winreg

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _PROCESSOR) as key:
            name = str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
    return name


def features() -> frozenset[int]:
    """Return those of `FEATURES` that are present."""
    present = _kernel().IsProcessorFeaturePresent
    return frozenset(feature for feature in FEATURES if present(ctypes.c_uint32(feature)))


def cores() -> bytes:
    """Return what `GetLogicalProcessorInformationEx` says of the cores; empty where it says nothing."""
    ask, length = _kernel().GetLogicalProcessorInformationEx, ctypes.c_uint32(0)
    ask(_CORE, None, ctypes.byref(length))  # fails, and says how much room it wants
    buffer = ctypes.create_string_buffer(length.value)
    return buffer.raw[: length.value] if ask(_CORE, buffer, ctypes.byref(length)) else b""


def memory_status() -> bytes:
    """Return a MEMORYSTATUSEX; empty where Windows gives none."""
    buffer = ctypes.create_string_buffer(MEMORY_STATUS_BYTES)
    ctypes.memmove(buffer, MEMORY_STATUS_BYTES.to_bytes(4, "little"), 4)  # dwLength, which it checks
    return buffer.raw if _kernel().GlobalMemoryStatusEx(buffer) else b""


def job() -> tuple[bytes, bytes | None]:
    """Return the limits of the job of this process and the memory that it uses; empty where it is in none."""
    return _of_job(_JOB_LIMITS, JOB_LIMITS_BYTES) or b"", _of_job(_JOB_USE, JOB_USE_BYTES)


def _of_job(kind: int, size: int) -> bytes | None:
    buffer = ctypes.create_string_buffer(size)
    # Without a handle, the job is that of this process.
    done = _kernel().QueryInformationJobObject(None, kind, buffer, ctypes.c_uint32(size), None)
    return buffer.raw if done else None


def _kernel() -> ctypes.CDLL:
    # Not `WinDLL`, which other systems do not have: in 64 bits there is one calling convention.
    return ctypes.CDLL("kernel32")
