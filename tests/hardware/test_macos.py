"""Processor and memory as macOS describes them: the lines of ``sysctl`` and ``vm_stat``, as the kernel gives them."""

import mmap
import sys
from struct import pack

import pytest

from app.hardware import macos_calls
from app.hardware.macos import (
    STATISTICS_BYTES,
    Sysctl,
    instruction_sets,
    left_to_programs,
    model_name,
    performance_cores,
)
from app.hardware.metal import metal_gpus

M2_PRO = """machdep.cpu.brand_string: Apple M2 Pro
hw.nperflevels: 2
hw.perflevel0.physicalcpu: 6
hw.perflevel1.physicalcpu: 4
hw.optional.AdvSIMD: 1
hw.optional.arm.FEAT_DotProd: 1
hw.optional.arm.FEAT_I8MM: 1
hw.optional.arm.FEAT_BF16: 1
hw.optional.arm.FEAT_SME: 0
"""
INTEL = """machdep.cpu.brand_string: Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz
hw.optional.avx1_0: 1
hw.optional.avx2_0: 1
hw.optional.f16c: 1
hw.optional.fma: 1
hw.optional.avx512f: 0
"""
VM_STAT = """Pages free:                             1577393.
Pages active:                           1081107.
Pages inactive:                          672072.
Pages speculative:                       411970.
Pages wired down:                        451416.
Pages purgeable:                         187505.
File-backed pages:                       897697.
Anonymous pages:                        1267452.
"""


def kernel(lines: str) -> Sysctl:
    """Give what ``sysctl`` printed as the kernel does: numbers in 4 bytes, texts with a zero at their end."""
    values = dict(line.split(": ", 1) for line in lines.splitlines())

    def sysctl(name: str) -> bytes | None:
        text = values.get(name)
        if text is None:
            return None
        return int(text).to_bytes(4, "little") if text.isdecimal() else text.encode() + b"\0"

    return sysctl


def statistics(printed: str) -> bytes:
    """Lay out what ``vm_stat`` printed as a vm_statistics64. It takes the speculative pages from the free ones."""
    lines = (line.rsplit(":", 1) for line in printed.splitlines())
    count = {name: int(number.strip().rstrip(".")) for name, number in lines}
    free = count["Pages free"] + count["Pages speculative"]
    first = (free, count["Pages active"], count["Pages inactive"], count["Pages wired down"])
    kept = (count["Pages purgeable"], count["Pages speculative"])
    last = (0, 0, count["File-backed pages"], count["Anonymous pages"])
    return pack("<4I9Q2I4Q4IQ", *first, *[0] * 9, *kept, *[0] * 4, *last, 0)


def test_apples_processors_tell_fast_cores_from_slow_ones() -> None:
    assert model_name(kernel(M2_PRO)) == "Apple M2 Pro"
    assert performance_cores(kernel(M2_PRO)) == (6, 4)
    assert instruction_sets(kernel(M2_PRO)) == ["NEON", "NEON dot product", "NEON INT8 matrix", "NEON BF16"]


def test_all_levels_but_the_first_are_slow() -> None:
    three = M2_PRO.replace("perflevels: 2", "perflevels: 3") + "hw.perflevel2.physicalcpu: 2\n"
    assert performance_cores(kernel(three)) == (6, 6)


def test_those_of_intel_have_no_levels() -> None:
    assert model_name(kernel(INTEL)) == "Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz"
    assert performance_cores(kernel(INTEL)) == (None, None)
    assert instruction_sets(kernel(INTEL)) == ["AVX", "AVX2", "F16C", "FMA"]


def test_a_kernel_that_says_nothing() -> None:
    assert model_name(kernel("")) is None
    assert performance_cores(kernel("")) == (None, None)
    assert instruction_sets(kernel("")) == []


def test_memory_that_programs_hold_is_not_free_because_it_is_inactive() -> None:
    data = statistics(VM_STAT)
    assert len(data) == STATISTICS_BYTES
    assert left_to_programs(data, 4096) == (1577393 + 897697 + 187505) * 4096
    held = (1267452 - 187505 + 451416) * 4096
    assert left_to_programs(data, 4096) == (1577393 + 1081107 + 672072 + 411970 + 451416) * 4096 - held


def test_statistics_that_are_cut_off_tell_nothing() -> None:
    assert left_to_programs(statistics(VM_STAT)[:100], 4096) is None
    assert left_to_programs(b"", 4096) is None


@pytest.mark.skipif(sys.platform != "darwin", reason="only macOS answers itself")
def test_macos_itself() -> None:
    import psutil

    assert model_name(macos_calls.sysctl)
    assert instruction_sets(macos_calls.sysctl)
    left = left_to_programs(macos_calls.memory_statistics(), mmap.PAGESIZE)
    assert left is not None
    assert 0 < left < psutil.virtual_memory().total
    fast, slow = performance_cores(macos_calls.sysctl)
    assert fast is None or fast + (slow or 0) == psutil.cpu_count(logical=False)
    assert all(gpu["name"].value for gpu in metal_gpus())
