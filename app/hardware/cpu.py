"""How many processor threads this process may use to advantage."""

import os
import sys
from collections.abc import Iterable, Iterator
from math import floor

from app.hardware.cgroups import MEMBERSHIPS, Reader, folders_of, text_of, unified_folders
from app.hardware.processor import processor


def usable_threads() -> int:
    """Return how many threads of computing this process should run at once, at least 1.

    More threads than the processors it may use, or than a container's share of them, wait for one another and make
    everything many times slower; a second thread on the same core adds nothing to arithmetic.
    """
    if sys.platform == "linux":
        # All cores count: Linux tells only their speeds, from which the slow ones would have to be guessed.
        processors = os.sched_getaffinity(0)
        topologies = (f"/sys/devices/system/cpu/cpu{number}/topology" for number in processors)
        siblings = (text_of(f"{topology}/thread_siblings_list") for topology in topologies)
        allowed, cores = len(processors), core_count(siblings)
        quota = cpu_quota(text_of(MEMBERSHIPS) or "", text_of)
    else:
        import psutil

        allowed = len(psutil.Process().cpu_affinity()) if sys.platform == "win32" else os.cpu_count() or 1
        fast, _ = processor().cores
        cores, quota = fast or psutil.cpu_count(logical=False), None
    return thread_count(allowed, cores, quota)


def thread_count(allowed: int, cores: int | None, quota: float | None) -> int:
    """Combine what is known.

    Args:
        allowed: logical processors this process may run on.
        cores: physical cores behind them, the fast ones where the system tells which they are; None = not known.
        quota: processors' worth of time the process is given; None = all.
    """
    bounds = [allowed]
    if cores is not None:
        bounds.append(cores)
    if quota is not None:
        bounds.append(floor(quota))
    return max(1, min(bounds))


def core_count(siblings: Iterable[str | None]) -> int | None:
    """Count physical cores.

    Args:
        siblings: for each logical processor the list of those on the same core, as Linux writes it (``0,4`` or
            ``0-1``); None where it does not say.

    Returns:
        None when not all is known.
    """
    lists = {text.strip() if text else None for text in siblings}
    return None if None in lists or not lists else len(lists)


def cpu_quota(memberships: str, read: Reader) -> float | None:
    """Return the processors' worth of time that control groups leave to this process; None = no bound.

    A bound on any group above it holds too, so the lowest counts.

    Args:
        memberships: the text of ``/proc/self/cgroup``.
        read: reads a file.
    """
    quotas = [quota for quota in _quotas(memberships, read) if quota is not None]
    return min(quotas, default=None)


def _quotas(memberships: str, read: Reader) -> Iterator[float | None]:
    for folder in unified_folders(memberships):
        yield _unified_quota(read(f"{folder}/cpu.max"))
    for folder in folders_of("cpu", memberships):
        yield _ratio(read(f"{folder}/cpu.cfs_quota_us"), read(f"{folder}/cpu.cfs_period_us"))


def _unified_quota(text: str | None) -> float | None:
    # "max 100000" or "150000 100000": microseconds of each period (Documentation/admin-guide/cgroup-v2.rst).
    quota, _, period = (text or "").partition(" ")
    return None if quota.strip() == "max" else _ratio(quota, period)


def _ratio(quota: str | None, period: str | None) -> float | None:
    try:
        ratio = int(quota or "") / int(period or "")
    except (ValueError, ZeroDivisionError):
        return None
    # Version 1 writes -1 for no bound.
    return ratio if ratio > 0 else None
