"""What macOS says of the processor and of memory, by sysctl and in its own structure (mach/vm_statistics.h).

Only read here, so that any machine can be described in a test. What asks for it is `app.hardware.macos_calls`.
"""

from collections.abc import Callable
from struct import error, unpack_from

Sysctl = Callable[[str], bytes | None]
"""From the name of a value of the kernel to its bytes; None where there is no such value."""

# XNU's names, for Apple's processors (bsd/kern/kern_mib.c, osfmk/arm64) and for those of Intel.
_SETS = {
    "hw.optional.avx1_0": "AVX",
    "hw.optional.avx2_0": "AVX2",
    "hw.optional.f16c": "F16C",
    "hw.optional.fma": "FMA",
    "hw.optional.avx512f": "AVX-512",
    "hw.optional.AdvSIMD": "NEON",
    "hw.optional.arm.FEAT_DotProd": "NEON dot product",
    "hw.optional.arm.FEAT_I8MM": "NEON INT8 matrix",
    "hw.optional.arm.FEAT_BF16": "NEON BF16",
    "hw.optional.arm.FEAT_SME": "SME",
}
_MOST_LEVELS = 8

# vm_statistics64: counts of pages. Speculative ones, read before anybody asked, are among the free and the file-backed.
_FREE, _PURGEABLE, _SPECULATIVE, _FILE_BACKED = 0, 88, 92, 136
STATISTICS_BYTES = 152


def model_name(sysctl: Sysctl) -> str | None:
    """Return the name of the processor; None where it has none."""
    name = (sysctl("machdep.cpu.brand_string") or b"").partition(b"\0")[0]
    return name.decode("utf-8", "replace").strip() or None


def instruction_sets(sysctl: Sysctl) -> list[str]:
    """Return those that arithmetic gains from."""
    return [name for key, name in _SETS.items() if _number(sysctl(key))]


def performance_cores(sysctl: Sysctl) -> tuple[int | None, int | None]:
    """Return how many fast and how many slow cores there are; None where macOS does not tell them apart.

    Fast are those of the first performance level, as llama.cpp takes it.
    """
    fast = _number(sysctl("hw.perflevel0.physicalcpu"))
    if not fast:
        return None, None
    levels = min(_number(sysctl("hw.nperflevels")) or 1, _MOST_LEVELS)
    return fast, sum(_number(sysctl(f"hw.perflevel{level}.physicalcpu")) or 0 for level in range(1, levels))


def left_to_programs(statistics: bytes, page: int) -> int | None:
    """Return the bytes that are free or can be dropped: those that hold files, and those that programs gave up.

    What macOS calls inactive is not all of that: much of it is memory of programs, which would have to be compressed or
    written to the disk first.

    Args:
        statistics: a vm_statistics64.
        page: bytes of a page.

    Returns:
        None where it cannot be read.
    """
    try:
        free, purgeable, speculative, files = (
            unpack_from("<I", statistics, place)[0] for place in (_FREE, _PURGEABLE, _SPECULATIVE, _FILE_BACKED)
        )
    except error:
        return None
    return int((max(0, free - speculative) + purgeable + files) * page)


def _number(value: bytes | None) -> int | None:
    # Numbers have 4 or 8 bytes.
    return int.from_bytes(value, "little") if value and len(value) in (4, 8) else None
