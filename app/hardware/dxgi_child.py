"""The child process that asks DXGI of Windows, whose drivers may hang or crash: it hands on what it is told and ends.

It was written from dxgi.h and dxgi1_4.h and has not been run on Windows.
"""

import ctypes
import os
from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.processes.parent_pipe import ParentPipe

_FACTORY = UUID("770aae78-f26f-4dba-a829-253c83d1b387")  # IDXGIFactory1
_WITH_MEMORY = UUID("645967a4-1392-4310-a798-8053ce3e93fd")  # IDXGIAdapter3, since Windows 10
# The places of methods in the tables of these interfaces.
_QUERY_INTERFACE, _RELEASE, _GET_DESCRIPTION, _ENUMERATE, _QUERY_MEMORY = 0, 2, 10, 12, 14
_DESCRIPTION_BYTES, _MEMORY_BYTES = 312, 32
_LOCAL, _SHARED = 0, 1  # DXGI_MEMORY_SEGMENT_GROUP
_MOST = 64  # adapters


class _Interface:
    """A COM object."""

    def __init__(self, pointer: ctypes.c_void_p) -> None:
        self._pointer = pointer
        self._methods = ctypes.cast(pointer, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]

    def call(self, method: int, *arguments: Any) -> bool:  # noqa: ANN401 - any C type
        """Call a method, and return whether it succeeded."""
        # Not WINFUNCTYPE, which other systems do not have: in 64 bits there is one calling convention.
        types = [type(argument) for argument in arguments]
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *types)
        address = self._methods[method]
        return address is not None and prototype(address)(self._pointer, *arguments) >= 0

    def release(self) -> None:
        """Give it back."""
        self.call(_RELEASE)


def adapters(create: Callable[..., int]) -> list[dict[str, str | None]]:
    """Return what DXGI says of each adapter, for `app.hardware.dxgi.facts_of`.

    Args:
        create: `CreateDXGIFactory1`.
    """
    pointer = ctypes.c_void_p()
    if create(_identity(_FACTORY), ctypes.byref(pointer)) < 0 or not pointer:
        return []
    factory, found = _Interface(pointer), []
    for place in range(_MOST):
        pointer = ctypes.c_void_p()
        if not factory.call(_ENUMERATE, ctypes.c_uint32(place), ctypes.pointer(pointer)):
            break
        adapter = _Interface(pointer)
        description = ctypes.create_string_buffer(_DESCRIPTION_BYTES)
        if adapter.call(_GET_DESCRIPTION, description):
            found.append({"description": description.raw.hex(), **_memory(adapter)})
        adapter.release()
    factory.release()
    return found


def _memory(adapter: _Interface) -> dict[str, str | None]:
    pointer = ctypes.c_void_p()
    if not adapter.call(_QUERY_INTERFACE, _identity(_WITH_MEMORY), ctypes.pointer(pointer)):
        return {"local": None, "shared": None}
    newer = _Interface(pointer)
    told = {"local": _of_group(newer, _LOCAL), "shared": _of_group(newer, _SHARED)}
    newer.release()
    return told


def _of_group(adapter: _Interface, group: int) -> str | None:
    buffer = ctypes.create_string_buffer(_MEMORY_BYTES)
    node = ctypes.c_uint32(0)
    return buffer.raw.hex() if adapter.call(_QUERY_MEMORY, node, ctypes.c_int32(group), buffer) else None


def _identity(of: UUID) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(of.bytes_le, 16)


def main() -> None:
    """Ask, answer, end."""
    parent = ParentPipe()
    parent.listen()
    parent.next()
    create = ctypes.CDLL("dxgi").CreateDXGIFactory1
    create.restype = ctypes.c_int32
    parent.send({"gpus": adapters(create)})
    os._exit(0)


if __name__ == "__main__":
    main()
