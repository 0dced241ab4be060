"""Asks macOS for what `app.hardware.macos` reads. No driver is asked, so it cannot hang.

It was written from the headers of macOS and has not been run there. What does not answer is None or empty.
"""

import ctypes

from app.hardware.macos import STATISTICS_BYTES

_VM_INFO = 4  # HOST_VM_INFO64


def sysctl(name: str) -> bytes | None:
    """Return a value of the kernel; None where there is no such value."""
    ask, size = ctypes.CDLL(None).sysctlbyname, ctypes.c_size_t(0)
    nothing = (None, ctypes.c_size_t(0))  # is to be set
    if ask(name.encode(), None, ctypes.byref(size), *nothing):
        return None
    buffer = ctypes.create_string_buffer(size.value)
    if ask(name.encode(), buffer, ctypes.byref(size), *nothing):
        return None
    return buffer.raw[: size.value]


def memory_statistics() -> bytes:
    """Return a vm_statistics64; empty where macOS gives none."""
    library = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(STATISTICS_BYTES)
    count = ctypes.c_uint32(STATISTICS_BYTES // 4)
    library.mach_host_self.restype = ctypes.c_uint32
    host = ctypes.c_uint32(library.mach_host_self())
    return b"" if library.host_statistics64(host, _VM_INFO, buffer, ctypes.byref(count)) else buffer.raw
