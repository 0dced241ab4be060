"""The walls around a child process that reads files or models from outside. Called by the child at its very start.

What comes from outside may hold a program that takes over its reader. So the child gives up, for good, what it does
not need: the network (asked of the kernel where it can refuse), more memory and time than agreed, core dumps (which
would hold the text of documents), and a life of its own after its parent's death.

Every function says what is really enforced here, so that nothing is claimed that is not so.
"""

import os
import signal
import socket
import sys
from enum import StrEnum

from app.security import egress, seccomp
from app.security.prctl import prctl

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


class Wall(StrEnum):
    """Who keeps a child off the network.

    ``KERNEL``: no socket but a local one can be made, by any code in the child or its own children.
    ``PYTHON``: the guard of `app.security.egress`, which C code can go around.
    """

    KERNEL = "kernel"
    PYTHON = "python only"


class Limit(StrEnum):
    """What `limit_resources` can bound."""

    MEMORY = "memory"
    CPU = "cpu"
    FILE_SIZE = "file size"
    OPEN_FILES = "open files"


def forbid_network() -> Wall:
    """Give up the network for the rest of this process's life, and for its children.

    Pipes and socket pairs go on working; connecting to anything does not, not even by a local socket, behind which
    a name service may sit. Meant to be called before other threads start; those that run are bound too.

    Returns:
        Who enforces it, after trying.
    """
    egress.install()
    if seccomp.install_filter() and _filter_works():
        return Wall.KERNEL
    return Wall.PYTHON


def limit_resources(
    *,
    memory_bytes: int | None = None,
    cpu_seconds: int | None = None,
    file_bytes: int | None = None,
    open_files: int | None = None,
) -> frozenset[Limit]:
    """Bound what this process may use; None leaves a bound as it is. A bound can be lowered later, never raised.

    Beyond ``memory_bytes`` of address space (files mapped into memory count) allocation fails: ``MemoryError`` in
    Python. Beyond ``cpu_seconds``, counted over all threads since the start of the process, it is killed (SIGXCPU).
    Beyond ``file_bytes`` writing to a file fails with ``EFBIG``, beyond ``open_files`` opening one with ``EMFILE``.

    Returns:
        The bounds that hold here: none on Windows; memory only on Linux, since macOS accepts the bound and ignores it.
    """
    if sys.platform == "win32":
        return frozenset()
    import resource

    wanted = {
        Limit.MEMORY: (resource.RLIMIT_AS, memory_bytes if sys.platform == "linux" else None),
        Limit.CPU: (resource.RLIMIT_CPU, cpu_seconds),
        Limit.FILE_SIZE: (resource.RLIMIT_FSIZE, file_bytes),
        Limit.OPEN_FILES: (resource.RLIMIT_NOFILE, open_files),
    }
    enforced = set()
    for limit, (which, value) in wanted.items():
        if value is None:
            continue
        hard = resource.getrlimit(which)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # A second between the two bounds of CPU time, so that the parent sees SIGXCPU and can name the reason.
        resource.setrlimit(which, (bound, bound + 1 if limit is Limit.CPU and bound != hard else bound))
        enforced.add(limit)
    return frozenset(enforced)


def forbid_core_dumps() -> bool:
    """Keep the memory of this process, with the text of documents in it, out of crash reports.

    Returns:
        Whether it holds: on Linux also against a crash service, which ignores the size limit; not on Windows.
    """
    if sys.platform == "win32":
        return False
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return sys.platform != "linux" or prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent(parent_pid: int) -> bool:
    """Have the kernel kill this process when its parent dies, so that no child outlives a killed window.

    Args:
        parent_pid: the parent's process id, handed over by the parent: it may be dead before this runs.

    Linux means the parent's *thread*: start the child from one that lives as long as the child shall.

    Returns:
        Whether it holds: Linux only. Elsewhere a child must end itself when its pipe to the parent ends.
    """
    if sys.platform != "linux" or not prctl(_PR_SET_PDEATHSIG, signal.SIGKILL):
        return False
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)
    return True


def _filter_works() -> bool:
    # Netlink, which any process may use without the filter: an internet socket would look like an attempt to reach out.
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()
    except PermissionError:
        return True
    return False
