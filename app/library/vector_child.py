"""The child process that holds Chroma: reads orders from its parent, writes replies.

First comes the setup, ``{"folder", "name"}``, to which the child says ``{"ready": true}``. Then, each with an ``id``,
``{"do", ...}`` is one of the methods of `app.library.vectors.VectorIndex` with its arguments. The reply is
``{"id", "result"}``, or ``{"id", "damaged": [summary, remedy, detail]}``. Vectors are sent as the base64 of 32-bit
floats, little-endian.
"""

from base64 import b64decode
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.library.vectors import IndexDamaged, VectorIndex
from app.processes.parent_pipe import Line, ParentPipe


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


def main() -> None:
    """Run until the parent ends."""
    parent = ParentPipe()
    parent.listen()
    setup = parent.next()
    index = VectorIndex(Path(setup["folder"]), setup["name"])
    parent.send({"ready": True})
    # Opened before it is needed; what is wrong with it is said to the first order.
    with suppress(IndexDamaged):
        index.count()
    while True:
        order = parent.next()
        try:
            parent.send({"id": order["id"], "result": _do(index, order)})
        except IndexDamaged as fault:
            parent.send({"id": order["id"], "damaged": [fault.summary, fault.remedy, fault.detail]})


if __name__ == "__main__":
    main()
