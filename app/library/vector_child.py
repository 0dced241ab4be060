"""The child process that holds Chroma: reads orders from standard input, writes replies to standard output.

Both are lines of JSON. First comes the setup, ``{"folder", "name"}``, to which the child says ``{"ready": true}``.
Then, each with an ``id``, ``{"do", ...}`` is one of the methods of `app.library.vectors.VectorIndex` with its
arguments. The reply is ``{"id", "result"}``, or ``{"id", "damaged": [summary, remedy, detail]}``. Vectors are sent as
the base64 of 32-bit floats, little-endian.

The end of standard input, which is the end of the parent, ends the child at once, whatever it is doing.
"""

import faulthandler
import json
import os
import signal
import sys
from base64 import b64decode
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.library.vectors import IndexDamaged, VectorIndex
from app.security import isolation, switches

Line = dict[str, Any]


def floats(text: str, rows: int) -> NDArray[np.float32]:
    """Return the array (rows, dimensions) that was sent as ``text``."""
    return np.frombuffer(b64decode(text), dtype="<f4").reshape(rows, -1)


def _do(index: VectorIndex, order: Line) -> object:
    match order:
        case {"do": "count"}:
            return index.count()
        case {"do": "ids"}:
            return sorted(index.ids())
        case {"do": "add", "ids": ids, "vectors": vectors}:
            index.add(ids, floats(vectors, len(ids)))
        case {"do": "delete", "ids": ids}:
            index.delete(ids)
        case {"do": "nearest", "vector": vector, "limit": limit}:
            return index.nearest(floats(vector, 1)[0], limit)
        case {"do": "close"}:
            index.close()
        case _:
            raise ValueError(order)
    return None


def _listen(incoming: BinaryIO, orders: "SimpleQueue[Line]") -> None:
    for data in incoming:
        orders.put(json.loads(data))
    # Not `sys.exit`: the main thread may be deep in native code.
    os._exit(0)


def main() -> None:
    """Run until standard input ends. The parent's process id is the only argument."""
    switches.apply()
    isolation.die_with_parent(int(sys.argv[1]))
    isolation.forbid_core_dumps()
    isolation.forbid_network()
    # Ctrl+C in a terminal reaches the whole group: the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    # What native code prints goes to standard error, whose tail is kept; the pipe is for the protocol alone.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(line: Line) -> None:
        pipe.write(json.dumps(line).encode() + b"\n")
        pipe.flush()

    orders: SimpleQueue[Line] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, orders), name="listener", daemon=True).start()
    setup = orders.get()
    index = VectorIndex(Path(setup["folder"]), setup["name"])
    send({"ready": True})
    while True:
        order = orders.get()
        try:
            send({"id": order["id"], "result": _do(index, order)})
        except IndexDamaged as fault:
            send({"id": order["id"], "damaged": [fault.summary, fault.remedy, fault.detail]})


if __name__ == "__main__":
    main()
