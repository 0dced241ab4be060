"""A filter of system calls (seccomp BPF) that takes the network away from a process. Linux, x86-64 and ARM64.

The filter is a short program that the kernel runs before every system call; see seccomp(2), and for the encoding of
instructions ``linux/bpf_common.h`` and ``linux/seccomp.h``. It is assembled here by hand: no library has to be
shipped, and it can be read on one screen.
"""

import ctypes
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from errno import EPERM

from app.security.prctl import prctl

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1  # all threads, not only this one

_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_REFUSE = 0x00050000 | EPERM

# Offsets in `struct seccomp_data`; of the first argument its low half (both machines are little-endian).
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16

_AF_UNIX = 1
_X32_BIT = 0x40000000
# io_uring makes and connects sockets without the calls below. One number on every machine.
_IO_URING = (425, 426, 427)


@dataclass(frozen=True, slots=True)
class _Machine:
    """The numbers that differ between machines (``linux/audit.h`` and the tables of system calls)."""

    audit_arch: int
    seccomp: int
    socket: int
    socketpair: int
    connect: int


_MACHINES = {
    "x86_64": _Machine(audit_arch=0xC000003E, seccomp=317, socket=41, socketpair=53, connect=42),
    "aarch64": _Machine(audit_arch=0xC00000B7, seccomp=277, socket=198, socketpair=199, connect=203),
}


class _Instruction(ctypes.Structure):
    """``struct sock_filter``."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def install_filter() -> bool:
    """Refuse (EPERM), for every thread and child of this process, sockets that are not local, and all connecting.

    It cannot be undone. A 32-bit program run inside is killed at its first system call: its numbers differ.

    Returns:
        Whether the kernel took the filter; False on another system or machine.
    """
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" and sys.maxsize > 2**32 else None
    if machine is None:
        return False
    instructions = _assemble(machine)
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    if not prctl(_PR_SET_NO_NEW_PRIVS, 1):
        return False
    numbers = (machine.seccomp, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC)
    answer = ctypes.CDLL(None).syscall(*(ctypes.c_long(number) for number in numbers), ctypes.byref(program))
    return int(answer) == 0


def _assemble(machine: _Machine) -> Sequence[_Instruction]:
    calls_with_family = (machine.socket, machine.socketpair)
    refused_calls = (machine.connect, *_IO_URING)
    end = [
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_LOAD_WORD, 0, 0, _FIRST_ARGUMENT),
        _Instruction(_JUMP_EQUAL, 0, 1, _AF_UNIX),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_RETURN, 0, 0, _REFUSE),
    ]
    check_family, refuse = 1, 4
    tests = [
        # Calls of the x32 interface are those of x86-64 under other numbers.
        (_JUMP_AT_LEAST, _X32_BIT, refuse),
        *((_JUMP_EQUAL, number, refuse) for number in refused_calls),
        *((_JUMP_EQUAL, number, check_family) for number in calls_with_family),
    ]
    return [
        _Instruction(_LOAD_WORD, 0, 0, _ARCH),
        _Instruction(_JUMP_EQUAL, 1, 0, machine.audit_arch),
        _Instruction(_RETURN, 0, 0, _KILL_PROCESS),
        _Instruction(_LOAD_WORD, 0, 0, _NUMBER),
        # A jump says how many instructions to skip: the tests that are left, then those of the end.
        *(
            _Instruction(code, len(tests) - 1 - position + target, 0, value)
            for position, (code, value, target) in enumerate(tests)
        ),
        *end,
    ]
