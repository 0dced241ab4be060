"""Thread counts from what Linux says of itself, as text, so that it is tested on every system."""

import pytest

from app.hardware.cpu import core_count, cpu_quota, thread_count, usable_threads

NO_BOUND_V1 = {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}
HALF_V1 = {"cpu.cfs_quota_us": "50000\n", "cpu.cfs_period_us": "100000\n"}


def quota(memberships: str, files: dict[str, str]) -> float | None:
    return cpu_quota(memberships, files.get)


def v1(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def test_a_unified_group_without_a_bound() -> None:
    assert quota("0::/user.slice\n", {"/sys/fs/cgroup/user.slice/cpu.max": "max 100000\n"}) is None


def test_a_unified_group_with_a_bound() -> None:
    assert quota("0::/app\n", {"/sys/fs/cgroup/app/cpu.max": "150000 100000\n"}) == 1.5


def test_the_lowest_bound_of_all_groups_above_counts() -> None:
    files = {"/sys/fs/cgroup/a/b/c/cpu.max": "max 100000\n", "/sys/fs/cgroup/a/cpu.max": "200000 100000\n"}
    assert quota("0::/a/b/c\n", files) == 2.0


def test_a_container_sees_its_own_group_as_the_root() -> None:
    assert quota("0::/\n", {"/sys/fs/cgroup/cpu.max": "300000 100000\n"}) == 3.0


def test_a_version_1_group_without_a_bound() -> None:
    assert quota("1:cpu:/\n", v1("/sys/fs/cgroup/cpu", NO_BOUND_V1)) is None


def test_a_version_1_container_names_the_path_of_its_host() -> None:
    memberships = "4:memory:/docker/0f3a\n3:cpu,cpuacct:/docker/0f3a\n0::/\n"
    assert quota(memberships, v1("/sys/fs/cgroup/cpu,cpuacct", HALF_V1)) == 0.5


def test_other_controllers_whose_names_hold_cpu_are_not_asked() -> None:
    assert quota("3:cpuset:/\n2:cpuacct:/\n", v1("/sys/fs/cgroup/cpu", HALF_V1)) is None


@pytest.mark.parametrize("text", ["", "max", "rubbish", "100000 0"])
def test_odd_files_are_no_bound(text: str) -> None:
    assert quota("0::/\n", {"/sys/fs/cgroup/cpu.max": text}) is None


def test_two_threads_of_a_core_are_one_core() -> None:
    assert core_count(["0,2\n", "1,3\n", "0,2\n", "1,3\n"]) == 2


def test_cores_are_not_known_when_one_processor_does_not_say() -> None:
    assert core_count(["0\n", None]) is None
    assert core_count([]) is None


@pytest.mark.parametrize(
    ("allowed", "cores", "quota", "expected"),
    [(8, 4, None, 4), (2, 4, None, 2), (8, None, None, 8), (8, 4, 2.9, 2), (8, 4, 0.5, 1), (1, 1, 6.0, 1)],
)
def test_the_lowest_of_the_bounds_is_used(allowed: int, cores: int | None, quota: float | None, expected: int) -> None:
    assert thread_count(allowed, cores, quota) == expected


def test_this_machine_has_some() -> None:
    assert usable_threads() >= 1
