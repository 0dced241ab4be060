"""Free memory within control groups, from the formats that the kernel documents."""

import pytest

from app.hardware.memory import free_memory, left_in_groups

GIB = 1 << 30


def left(memberships: str, files: dict[str, str]) -> list[int]:
    return list(left_in_groups(memberships, files.get))


def test_version_2_counts_every_group_above() -> None:
    files = {
        "/sys/fs/cgroup/work.slice/job/memory.max": "max\n",
        "/sys/fs/cgroup/work.slice/job/memory.current": f"{GIB}\n",
        "/sys/fs/cgroup/work.slice/memory.max": f"{4 * GIB}\n",
        "/sys/fs/cgroup/work.slice/memory.current": f"{3 * GIB}\n",
        "/sys/fs/cgroup/work.slice/memory.high": f"{3 * GIB + GIB // 2}\n",
    }
    assert left("0::/work.slice/job\n", files) == [GIB, GIB // 2]


@pytest.mark.parametrize(
    ("memberships", "folder", "limit", "usage", "droppable"),
    [
        ("0::/\n", "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
        (
            "4:memory:/box\n",
            "/sys/fs/cgroup/memory/box",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ],
)
def test_files_that_were_only_read_do_not_count_as_used(
    memberships: str, folder: str, limit: str, usage: str, droppable: str
) -> None:
    # ollama #15474, #11497: the cache of the model file itself made the model look too large.
    files = {
        f"{folder}/{limit}": f"{4 * GIB}\n",
        f"{folder}/{usage}": f"{3 * GIB}\n",
        f"{folder}/memory.stat": f"anon {GIB}\n{droppable} {2 * GIB}\nslab 5\n",
    }
    assert left(memberships, files) == [3 * GIB]


def test_a_container_sees_only_its_own_root() -> None:
    files = {
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2 * GIB}\n",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
    }
    assert left("9:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n", files) == [GIB]


def test_more_used_than_allowed_leaves_nothing() -> None:
    files = {"/sys/fs/cgroup/memory.max": f"{GIB}\n", "/sys/fs/cgroup/memory.current": f"{2 * GIB}\n"}
    assert left("0::/\n", files) == [0]


@pytest.mark.parametrize("nonsense", ["", "max\n", "12 34\n", "-", "9223372036854771712\n"])
def test_what_is_no_number_is_no_bound(nonsense: str) -> None:
    files = {"/sys/fs/cgroup/memory.max": nonsense, "/sys/fs/cgroup/memory.current": f"{GIB}\n"}
    assert left("0::/\n", files) == []


def test_this_machine_has_some_and_not_more_than_it_has() -> None:
    import psutil

    assert 0 < free_memory() <= psutil.virtual_memory().total
