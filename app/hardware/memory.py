"""How much memory a process may still take here without anything being pushed out of it."""

import mmap
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from app.hardware import macos, macos_calls, windows, windows_calls
from app.hardware.cgroups import MEMBERSHIPS, Reader, folders_of, text_of, unified_folders

_NO_BOUND = 1 << 60  # version 1 writes the largest number that it has, rounded down to a page


def free_memory() -> int:
    """Return the bytes that may still be taken: of the machine's memory, and within all `bounds`.

    The page file is not counted. Memory that holds files only and can be dropped counts as free.
    """
    import psutil

    available = int(psutil.virtual_memory().available)
    return min([available, *(left for left in bounds().values() if left is not None)])


def bounds() -> Mapping[str, int | None]:
    """Return what bounds this process besides the memory that is available, and the bytes that each leaves to it.

    None = it is no bound here.
    """
    found: dict[str, int | None] = {}
    if sys.platform == "linux":
        groups = left_in_groups(text_of(MEMBERSHIPS) or "", text_of)
        found = {"left_in_control_groups": min(groups, default=None)}
    elif sys.platform == "win32":
        commit, job = windows.left_to_commit(windows_calls.memory_status()), windows.left_in_job(*windows_calls.job())
        found = {"left_to_commit": commit, "left_in_job": job}
    elif sys.platform == "darwin":
        found = {"left_to_programs": macos.left_to_programs(macos_calls.memory_statistics(), mmap.PAGESIZE)}
    return found


def left_in_groups(memberships: str, read: Reader) -> Iterator[int]:
    """Yield the bytes that each control group of this process, and each above, leaves to it.

    Args:
        memberships: the text of ``/proc/self/cgroup``.
        read: reads a file.
    """
    # Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
    for folder in unified_folders(memberships):
        for bound in ("memory.max", "memory.high"):
            yield from _left(folder, bound, "memory.current", "inactive_file", read)
    for folder in folders_of("memory", memberships):
        yield from _left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", read)


def _left(folder: PurePosixPath, bound: str, used: str, droppable: str, read: Reader) -> Iterator[int]:
    limit, usage = (_number(read(f"{folder}/{name}")) for name in (bound, used))
    if limit is None or usage is None or limit >= _NO_BOUND:
        return
    # Files that were read and are not in use are counted as used, but are dropped as soon as memory is wanted.
    stat = dict(line.split(" ", 1) for line in (read(f"{folder}/memory.stat") or "").splitlines() if " " in line)
    yield max(0, limit - max(0, usage - (_number(stat.get(droppable)) or 0)))


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None  # "max": no bound
