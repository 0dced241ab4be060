"""One system call of Linux that Python has no function for."""

import ctypes


def prctl(option: int, value: int) -> bool:
    """Set an attribute of this process, by the numbers in ``linux/prctl.h``, and return whether the kernel did it."""
    arguments = (ctypes.c_ulong(number) for number in (value, 0, 0, 0))
    return int(ctypes.CDLL(None).prctl(option, *arguments)) == 0
