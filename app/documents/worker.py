"""The child process that reads files from outside: one at a time, limited, without network, and never trusted.

`app.documents.child` starts it and speaks with it over its standard input and output, in messages of
`app.documents.wire`:

    child   {"ready": [what its walls enforce]}                     once
    parent  {"path": …}                                             a file
    child   {"size", "mtime_ns", "sha256"}                          its bytes are read, or
            {"fault": reason, "detail": …, "size", "mtime_ns"}      they cannot be (the last two where they are known)
    parent  {"go": true}, or {"go": false} where it knows these bytes
    child   {"format", "title", "pages", …}                         the document, or a fault

With any answer may come ``"worn": true``: the child has used up what it may, and wants to be replaced.
The child ends when its input does.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from app.documents import wire
from app.documents.faults import Reason, Refused
from app.documents.limits import Limits
from app.documents.parsing import parse
from app.documents.reading import FileBytes, FileStat, Unread, read
from app.security import isolation, switches

_OPEN_FILES = 64
_WRITTEN_BYTES = 16 * 1024 * 1024  # enough for Python to keep the modules it compiles
_DETAIL_LENGTH = 2_000
_OBJECTS_BETWEEN_LOOKS = 50_000
_LOOK_SECONDS = 0.5


def main() -> None:
    """Serve the parent until it closes the pipe. Arguments: its process id, and `Limits` as JSON."""
    switches.apply()
    # Parsing makes many small objects and few cycles: looking for those less often saves a twentieth of the time.
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    limits = Limits(**json.loads(sys.argv[2]))
    incoming, outgoing = _pipes()
    walls = _raise_walls(int(sys.argv[1]), limits)
    wire.send(outgoing, {"ready": walls})
    while (request := wire.receive(incoming)) is not None:
        _serve(Path(str(request["path"])), limits, incoming, outgoing)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for the protocol: what a library prints must not get into it."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return incoming, outgoing


def _raise_walls(parent: int, limits: Limits) -> list[str]:
    walls = [] if sys.platform == "win32" else ["dies with its parent"]
    if not isolation.die_with_parent(parent) and walls:
        Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    if isolation.forbid_core_dumps():
        walls.append("no core dumps")
    # The bound on processor time counts from the start of the process: a child that has used up what one file may
    # asks to be replaced, so that every file has at least as much.
    bounds = isolation.limit_resources(
        memory_bytes=limits.memory_bytes,
        cpu_seconds=2 * limits.cpu_seconds,
        file_bytes=_WRITTEN_BYTES,
        open_files=_OPEN_FILES,
    )
    walls += sorted(bounds)
    return [*walls, f"network: {isolation.forbid_network()}"]


def _end_with_parent(parent: int) -> None:
    """Where the kernel does not do it. A child on Windows cannot see it so, and ends with its pipe alone."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _serve(path: Path, limits: Limits, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    try:
        file = read(path, limits)
    except Unread as unread:
        wire.send(outgoing, _fault(unread, limits) | _stat(unread.stat))
        return
    wire.send(outgoing, {"sha256": file.sha256} | _stat(file.stat))
    decision = wire.receive(incoming)
    if decision and decision["go"]:
        wire.send_bytes(outgoing, _read_document(file, path, limits))


def _read_document(file: FileBytes, path: Path, limits: Limits) -> bytes:
    try:
        return wire.encode_document(parse(file.data, path, limits), worn=_worn(limits))
    except Refused as refused:
        fault = refused
    except MemoryError:
        fault = Refused(Reason.MEMORY)
    # A hostile file can raise anything in a parser. `BaseException` is what Rust's panics are.
    except BaseException:  # noqa: BLE001 - the file is skipped with the traceback as detail, and the parser goes on
        import traceback  # takes a tenth of the time in which a child starts

        fault = Refused(Reason.DAMAGED, traceback.format_exc()[-_DETAIL_LENGTH:])
    return json.dumps(_fault(fault, limits)).encode("ascii")


def _fault(refused: Refused, limits: Limits) -> wire.Message:
    # After a failed allocation there is no telling what state the libraries are in.
    worn = refused.reason is Reason.MEMORY or _worn(limits)
    return {"fault": str(refused.reason), "detail": refused.detail, "worn": worn}


def _stat(stat: FileStat | None) -> wire.Message:
    return {"size": stat.size, "mtime_ns": stat.mtime_ns} if stat else {}


def _worn(limits: Limits) -> bool:
    return time.process_time() > limits.cpu_seconds
