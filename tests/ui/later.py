"""Jobs that run when the test says so, on the test's own thread."""

from collections.abc import Callable
from typing import TypeVar

from app.domain.errors import Cancelled, LecternError
from app.ui.work import LaneName, nothing

T = TypeVar("T")


class LaterJobs:
    """A `JobRunner` that keeps jobs until `work` runs them."""

    def __init__(self) -> None:
        self.queued: list[tuple[LaneName, Callable[[], None]]] = []

    def run(
        self,
        lane: LaneName,
        job: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[LecternError], None],
        stopped: Callable[[], None] = nothing,
    ) -> None:
        def work() -> None:
            try:
                result = job()
            except Cancelled:
                stopped()
            except LecternError as error:
                failed(error)
            else:
                done(result)

        self.queued.append((lane, work))

    def work(self, lane: LaneName | None = None) -> int:
        """Run what is queued on the lane, or on all of them, and what that queues in turn; return how many ran."""
        ran = 0
        while todo := next((job for job in self.queued if lane in (None, job[0])), None):
            self.queued.remove(todo)
            todo[1]()
            ran += 1
        return ran
