"""What Windows says of the processor and of memory, in its own structures (64 bits, winnt.h and sysinfoapi.h).

Only read here, so that any machine can be described in a test. What asks for them is `app.hardware.windows_calls`.
"""

from collections import Counter
from collections.abc import Set
from struct import Struct, error, unpack_from

# `PF_…` of `IsProcessorFeaturePresent`: Windows tells of no more sets, such as VNNI or AMX.
FEATURES = {
    39: "AVX",
    40: "AVX2",
    41: "AVX-512",
    19: "NEON",
    43: "NEON dot product",
    66: "NEON INT8 matrix",
    68: "NEON BF16",
    46: "SVE",
    70: "SME",
}

_RECORD = Struct("<II")  # relationship and size, at the head of SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX
_CORE = 0  # RelationProcessorCore
_EFFICIENCY = 9  # bytes before PROCESSOR_RELATIONSHIP.EfficiencyClass
_MEMORY_STATUS = Struct("<II7Q")  # MEMORYSTATUSEX
# JOBOBJECT_EXTENDED_LIMIT_INFORMATION: where the flags and the bounds lie in it.
_LIMIT_FLAGS, _PROCESS_LIMIT, _JOB_LIMIT = 16, 112, 120
_PROCESS_MEMORY, _JOB_MEMORY = 0x100, 0x200  # JOB_OBJECT_LIMIT_…

MEMORY_STATUS_BYTES = _MEMORY_STATUS.size
JOB_LIMITS_BYTES = 144
JOB_USE_BYTES = 16  # JOBOBJECT_MEMORY_USAGE_INFORMATION


def instruction_sets(features: Set[int]) -> list[str]:
    """Return those that arithmetic gains from, from the numbers of the features that are present."""
    return [name for feature, name in FEATURES.items() if feature in features]


def performance_cores(records: bytes) -> tuple[int | None, int | None]:
    """Return how many fast and how many slow cores there are; None where it cannot be read.

    Fast are those of the highest efficiency class: the higher it is, the faster and the less efficient the core.

    Args:
        records: as `GetLogicalProcessorInformationEx` gives them for `RelationProcessorCore`.
    """
    classes: Counter[int] = Counter()
    place = 0
    while place + _EFFICIENCY < len(records):
        relationship, length = _RECORD.unpack_from(records, place)
        if length <= _EFFICIENCY:
            return None, None
        if relationship == _CORE:
            classes[records[place + _EFFICIENCY]] += 1
        place += length
    if not classes:
        return None, None
    fast = classes[max(classes)]
    return fast, classes.total() - fast


def left_to_commit(status: bytes) -> int | None:
    """Return the bytes that a process may still ask for, from a MEMORYSTATUSEX; None where it cannot be read.

    Windows promises no more memory than it has with the page file, so this can be less than what is available.
    """
    try:
        _, _, _, _, _, commit, *_ = _MEMORY_STATUS.unpack(status)
    except error:
        return None
    return int(commit)


def left_in_job(limits: bytes, use: bytes | None) -> int | None:
    """Return the bytes that the job of this process leaves to it and its children; None = no bound.

    Of jobs within jobs, Windows shows the innermost only.

    Args:
        limits: a JOBOBJECT_EXTENDED_LIMIT_INFORMATION.
        use: a JOBOBJECT_MEMORY_USAGE_INFORMATION; None = not known, which is taken for nothing.
    """
    try:
        (flags,) = unpack_from("<I", limits, _LIMIT_FLAGS)
        (each,), (together,) = unpack_from("<Q", limits, _PROCESS_LIMIT), unpack_from("<Q", limits, _JOB_LIMIT)
        (used,) = unpack_from("<Q", use, 0) if use else (0,)
    except error:
        return None
    bounds: list[int] = []
    if flags & _PROCESS_MEMORY:
        # The model runs in a process of its own, which begins with nothing.
        bounds.append(each)
    if flags & _JOB_MEMORY:
        bounds.append(max(0, together - used))
    return min(bounds, default=None)
