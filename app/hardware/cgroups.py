"""Control groups of Linux: the bounds that a container or a service manager sets to a process."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

Reader = Callable[[str], str | None]
"""From the path of a file to its text; None where there is no such file."""

MEMBERSHIPS = "/proc/self/cgroup"

# Where a control group's folder may be, for version 2 (alone or beside version 1) and for version 1.
_UNIFIED_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
_ROOTS = {"cpu": ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"), "memory": ("/sys/fs/cgroup/memory",)}


def text_of(path: str) -> str | None:
    """Read a file of the system."""
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def unified_folders(memberships: str) -> Iterator[PurePosixPath]:
    """Yield the folders of this process's group of version 2 and of all above it."""
    for controllers, group in _memberships(memberships):
        if controllers == "":
            yield from _folders(_UNIFIED_ROOTS, group)


def folders_of(controller: str, memberships: str) -> Iterator[PurePosixPath]:
    """Yield the folders of this process's group of version 1 for ``cpu`` or ``memory``, and of all above it."""
    for controllers, group in _memberships(memberships):
        if controller in controllers.split(","):
            yield from _folders(_ROOTS[controller], group)


def _memberships(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        yield controllers, group


def _folders(roots: Iterable[str], group: str) -> Iterator[PurePosixPath]:
    # Inside a container the path of the group may be that of the host: then only the root of what is visible can be
    # read, which is the container's own.
    path = PurePosixPath(group.lstrip("/"))
    for root in roots:
        yield from (root / part for part in (path, *path.parents))
