"""A question to a child process that gives one answer and ends, and is given only so long for it."""

from collections.abc import Mapping
from threading import Timer
from typing import Any

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from app.processes.child_process import ChildProcess, Line


def one_answer(module: str, setup: Mapping[str, Any], seconds: float) -> Line:
    """Start ``python -m module``, and return its answer to ``setup``; the child is gone afterwards, whatever it did.

    Raises:
        TimeoutError: it did not answer within ``seconds``.
        ChildEnded: it ended before it answered.
    """
    process = ChildProcess(module, setup)
    patience = CancelToken()
    timer = Timer(seconds, patience.cancel)
    timer.daemon = True
    timer.start()
    try:
        return process.greeting(patience)
    except Cancelled as error:
        raise TimeoutError(f"{module} did not answer within {seconds:.0f} seconds") from error
    finally:
        timer.cancel()
        process.kill()
        process.join()
