"""Processor and memory as Windows describes them, in bytes laid out as winnt.h and sysinfoapi.h say."""

import sys
from struct import pack

import pytest

from app.hardware import windows_calls
from app.hardware.dxgi import dxgi_gpus
from app.hardware.windows import (
    JOB_LIMITS_BYTES,
    MEMORY_STATUS_BYTES,
    instruction_sets,
    left_in_job,
    left_to_commit,
    performance_cores,
)

GIB = 1 << 30


def core(efficiency: int, *groups: int) -> bytes:
    """A SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX of a core with its PROCESSOR_RELATIONSHIP."""
    masks = b"".join(pack("<QH6x", mask, 0) for mask in groups or (1,))
    inside = pack("<BB20xH", 1, efficiency, len(groups or (1,))) + masks
    return pack("<II", 0, 8 + len(inside)) + inside


def cache() -> bytes:
    return pack("<II", 2, 8 + 44) + bytes(44)


def job(flags: int, each: int = 0, together: int = 0) -> bytes:
    basic = pack("<qqI4xQQI4xQII", 0, 0, flags, 0, 0, 0, 0, 0, 0)
    return basic + bytes(48) + pack("<4Q", each, together, 0, 0)


def test_the_fast_cores_are_those_of_the_highest_class() -> None:
    # A Core Ultra as Windows shows it: fast, slow, and two that save still more power.
    ultra = core(2, 0b11) * 6 + core(1) * 8 + core(0) * 2
    assert performance_cores(ultra) == (6, 10)
    assert performance_cores(core(0, 0b11) * 8) == (8, 0)


def test_records_of_other_things_and_of_several_groups_are_passed_over() -> None:
    assert performance_cores(cache() + core(1, 3, 5) + cache() + core(0)) == (1, 1)


@pytest.mark.parametrize("records", [b"", bytes(40), core(1)[:7], pack("<II", 0, 3) + bytes(60)])
def test_records_that_make_no_sense_tell_nothing(records: bytes) -> None:
    assert performance_cores(records) == (None, None)


def test_a_record_that_is_cut_off_ends_the_list() -> None:
    assert performance_cores(core(1) + core(1)[:8]) == (1, 0)


def test_features_by_their_numbers() -> None:
    assert instruction_sets({39, 40, 12}) == ["AVX", "AVX2"]
    assert instruction_sets({19, 43, 68}) == ["NEON", "NEON dot product", "NEON BF16"]


def test_what_may_be_committed_bounds_what_is_available() -> None:
    # A machine without a page file: 20 GiB are available, but programs have asked for all but 3 GiB.
    status = pack("<II7Q", 64, 37, 32 * GIB, 20 * GIB, 32 * GIB, 3 * GIB, 1 << 47, 1 << 46, 0)
    assert len(status) == MEMORY_STATUS_BYTES
    assert left_to_commit(status) == 3 * GIB
    assert left_to_commit(b"") is None


def test_a_job_bounds_each_process_and_all_together() -> None:
    assert len(job(0)) == JOB_LIMITS_BYTES
    use = pack("<QQ", 3 * GIB, 3 * GIB)
    assert left_in_job(job(0, GIB, GIB), use) is None
    assert left_in_job(job(0x100, each=2 * GIB), use) == 2 * GIB
    assert left_in_job(job(0x200, together=4 * GIB), use) == GIB
    assert left_in_job(job(0x200, together=4 * GIB), None) == 4 * GIB
    assert left_in_job(job(0x300, each=GIB, together=2 * GIB), use) == 0


def test_without_a_job_there_is_no_bound() -> None:
    assert left_in_job(b"", None) is None


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows answers itself")
def test_windows_itself() -> None:
    import psutil

    assert windows_calls.processor_name()
    fast, slow = performance_cores(windows_calls.cores())
    assert fast is not None
    assert slow is not None
    assert fast + slow == psutil.cpu_count(logical=False)
    assert instruction_sets(windows_calls.features())
    assert left_to_commit(windows_calls.memory_status())
    left_in_job(*windows_calls.job())
    assert all(gpu["name"].value for gpu in dxgi_gpus())
