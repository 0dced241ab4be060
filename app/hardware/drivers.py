"""Drivers of GPUs, asked in a child process that is given a few seconds: a driver may hang or crash."""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.hardware import Facts, read, unknown
from app.processes.child_process import ChildEnded
from app.processes.one_answer import one_answer

_SECONDS = 10.0
_LARGEST = 1 << 50  # bytes: what is more, no GPU has


def gpus_told(
    child: str, facts_of: Callable[[Mapping[str, Any]], Facts | None], maker: str | None, seconds: float = _SECONDS
) -> list[Facts]:
    """Ask what GPUs there are.

    Args:
        child: the module of the child process. It answers with ``gpus``, one entry for each, or without where there is
            no driver.
        facts_of: makes facts of an entry; None where it is not to be counted. An entry that makes no sense raises
            KeyError, TypeError, AttributeError or ValueError.
        maker: of the GPUs, for the entry that says why asking failed; None = of several makers.
        seconds: after which the child is given up.

    Returns:
        Nothing where there is no driver; one entry that says why where it failed.
    """
    try:
        answer = one_answer(child, {}, seconds)
        told = [facts_of(gpu) for gpu in answer.get("gpus", [])]
    except TimeoutError:
        return [_failed(f"the driver did not answer within {seconds:.0f} seconds", maker)]
    except ChildEnded as ended:
        return [_failed(f"asking the driver ended with exit code {ended.code}", maker)]
    except (KeyError, TypeError, AttributeError, ValueError):
        return [_failed("the driver's answer made no sense", maker)]
    return [facts for facts in told if facts is not None]


def size(value: object) -> int:
    """Return a number of bytes that a driver told.

    Raises:
        ValueError: it cannot be one.
    """
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError(value)
    return value


def _failed(note: str, maker: str | None) -> Facts:
    return {"name": unknown(note), "maker": read(maker), "memory_total": unknown(), "memory_free": unknown()}
