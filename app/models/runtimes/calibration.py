"""Measures how fast this machine computes with ggml, in a child process that lives two or three seconds."""

from app.domain.errors import EnvironmentFault
from app.jobs.cancel import CancelToken
from app.models.kernels import Kernels, read_kernels
from app.models.runtimes.llama_cpp import require_llama_cpp
from app.processes.child_process import ChildEnded, ChildProcess

_CHILD = "app.models.runtimes.calibration_child"


def measure_kernels(most_threads: int, cancel: CancelToken) -> Kernels:
    """Measure with up to so many threads.

    Raises:
        Cancelled: stop was asked for.
        EnvironmentFault: llama-cpp-python is missing, or the child ended without an answer.
    """
    require_llama_cpp()
    child = ChildProcess(_CHILD, {"threads": most_threads})
    try:
        answer = child.greeting(cancel)
    except ChildEnded as error:
        raise EnvironmentFault(
            "The speed of this computer could not be measured, so the speed of models is not known.",
            "Close other programs if memory is short, then try again.",
            str(error),
        ) from error
    finally:
        child.kill()
        child.join()
    return read_kernels(answer)
