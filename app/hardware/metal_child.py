"""The child process that asks Metal, whose drivers may hang or crash: it answers with what Metal says and ends.

It was written from the headers of macOS and has not been run there.
"""

import ctypes
import os
from typing import Any

from app.processes.parent_pipe import ParentPipe

_FRAMEWORKS = "/System/Library/Frameworks"


class _ObjectiveC:
    """Sends messages to objects."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("/usr/lib/libobjc.dylib")
        self._library.sel_registerName.restype = ctypes.c_void_p

    def ask(self, kind: Any, target: int | None, message: bytes, *arguments: Any) -> Any:  # noqa: ANN401 - any C type
        """Send a message, and return the answer as ``kind``."""
        prototype = ctypes.CFUNCTYPE(kind, ctypes.c_void_p, ctypes.c_void_p, *map(type, arguments))
        send = prototype(("objc_msgSend", self._library))
        return send(target, self._library.sel_registerName(message), *arguments)


def _asked() -> list[dict[str, Any]]:
    # Without Core Graphics, Metal shows no device to a program without a window.
    ctypes.CDLL(f"{_FRAMEWORKS}/CoreGraphics.framework/CoreGraphics")
    metal = ctypes.CDLL(f"{_FRAMEWORKS}/Metal.framework/Metal")
    metal.MTLCopyAllDevices.restype = ctypes.c_void_p
    objects, devices = _ObjectiveC(), metal.MTLCopyAllDevices()
    found = []
    for place in range(objects.ask(ctypes.c_ulong, devices, b"count")):
        device = objects.ask(ctypes.c_void_p, devices, b"objectAtIndex:", ctypes.c_ulong(place))
        name = objects.ask(ctypes.c_void_p, device, b"name")
        found.append(
            {
                "name": objects.ask(ctypes.c_char_p, name, b"UTF8String").decode("utf-8", "replace"),
                "unified": objects.ask(ctypes.c_bool, device, b"hasUnifiedMemory"),
                "working_set": objects.ask(ctypes.c_uint64, device, b"recommendedMaxWorkingSetSize"),
            }
        )
    return found


def main() -> None:
    """Ask, answer, end."""
    parent = ParentPipe()
    parent.listen()
    parent.next()
    parent.send({"gpus": _asked()})
    os._exit(0)


if __name__ == "__main__":
    main()
