"""GPUs of NVIDIA, by NVML, in a child process that is given a few seconds."""

from collections.abc import Mapping
from threading import Timer
from typing import Any

from app.domain.errors import Cancelled
from app.domain.hardware import Facts, read, unknown
from app.jobs.cancel import CancelToken
from app.processes.child_process import ChildEnded, ChildProcess

_CHILD = "app.hardware.nvidia_child"
_SECONDS = 10.0
# What the makers of laptops' GPUs call them; they share names with faster ones.
_LAPTOP = ("laptop", "mobile", "max-q")


def nvidia_gpus(child: str = _CHILD, seconds: float = _SECONDS) -> list[Facts]:
    """Ask the driver.

    Args:
        child: the module of the child process.
        seconds: after which it is given up.

    Returns:
        Nothing where there is no driver; one entry that says why where it failed.
    """
    process = ChildProcess(child, {})
    patience = CancelToken()
    timer = Timer(seconds, patience.cancel)
    timer.daemon = True
    timer.start()
    try:
        answer = process.greeting(patience)
        return [_facts(gpu) for gpu in answer.get("gpus", [])]
    except Cancelled:
        return [_failed(f"the driver did not answer within {seconds:.0f} seconds")]
    except ChildEnded as ended:
        return [_failed(f"asking the driver ended with exit code {ended.code}")]
    except (KeyError, TypeError, AttributeError, ValueError):
        return [_failed("the driver's answer made no sense")]
    finally:
        timer.cancel()
        process.kill()
        process.join()


def _facts(gpu: Mapping[str, Any]) -> Facts:
    total, free = _size(gpu["total"]), _size(gpu["free"])
    name = str(gpu["name"])
    return {
        "name": read(name),
        "maker": read("NVIDIA"),
        "driver": read(str(gpu["driver"])),
        "capability": read(str(gpu["capability"])),
        "laptop": read(any(word in name.lower() for word in _LAPTOP)),
        "integrated": read(False),
        "memory_total": read(total),
        # Free is never more than there is, whatever the driver says.
        "memory_free": read(min(total, free)),
    }


def _size(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 50:
        raise ValueError(value)
    return value


def _failed(note: str) -> Facts:
    return {"name": unknown(note), "maker": read("NVIDIA"), "memory_total": unknown(), "memory_free": unknown()}
