"""What a presenter needs to have work done off the window's thread."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeVar

from app.domain.errors import LecternError

T = TypeVar("T")


class LaneName(StrEnum):
    """The lanes of the program, one for each stateful thing."""

    INDEX = "index"
    MODEL = "model"
    PROBE = "probe"


class ProgramFault(LecternError):
    """A mistake of the program itself; its traceback is in the log."""


def nothing() -> None:
    """Do nothing."""


class JobRunner(Protocol):
    """Runs jobs on lanes and calls back on the thread of the window."""

    def run(
        self,
        lane: LaneName,
        job: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[LecternError], None],
        stopped: Callable[[], None] = nothing,
    ) -> None:
        """Queue ``job``. One of the callbacks follows: ``stopped`` after `Cancelled`, ``failed`` after a fault."""
        ...
