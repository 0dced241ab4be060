from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from later import LaterJobs

from app.domain.documents import DocumentEntry, DocumentState, IngestReport, Skipped
from app.domain.errors import EnvironmentFault, LecternError
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Scan
from app.ui.library_presenter import LONGEST_REST, LibraryPresenter, WorkState
from app.ui.listing import Changes, Listing
from app.ui.work import LaneName


class Shelves:
    """A library of which the test says what happens while it works."""

    def __init__(self) -> None:
        self.rows: list[DocumentEntry] = []
        self.revision = 0
        self.calls: list[str] = []
        self.meanwhile: Callable[[CancelToken], object] = lambda _cancel: None
        self.report = IngestReport()
        self.always: list[DocumentEntry] = []
        self.found: Scan | None = None

    def entries(self) -> list[DocumentEntry]:
        self.calls.append("entries")
        return self.rows + self.always

    def add(self, paths: Sequence[Path], cancel: CancelToken, collection: str | None = None) -> Scan:
        self.calls.append(f"add {paths[0]} {collection}")
        cancel.check()
        self.rows += [DocumentEntry(None, str(path), "Ward", DocumentState.QUEUED) for path in paths]
        self.revision += 1
        return self.found or Scan(tuple(paths), 0)

    def process(self, progress: ProgressSlot, cancel: CancelToken) -> IngestReport:
        self.calls.append("process")
        progress.report("Reading documents", 1, 2, "files")
        self.meanwhile(cancel)
        cancel.check()
        self.rows = [DocumentEntry(1, row.path, "Ward", DocumentState.INDEXED, "aa", pages=1) for row in self.rows]
        self.revision += 1
        return self.report

    def erase(self, path: Path) -> int:
        self.rows = [row for row in self.rows if row.path != str(path)]
        self.revision += 1
        return 1


class Screen:
    """Keeps what was shown."""

    def __init__(self) -> None:
        self.states: list[WorkState] = []
        self.waiting = 0
        self.changes: list[Changes] = []
        self.skipped: Sequence[Skipped] = ()
        self.errors: list[LecternError] = []

    def show_changes(self, changes: Changes, listing: Listing) -> None:
        assert listing.revision >= 0
        self.changes.append(changes)

    def show_work(self, state: WorkState, waiting: int) -> None:
        self.states.append(state)
        self.waiting = waiting

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        self.skipped = skipped

    def show_error(self, error: LecternError) -> None:
        self.errors.append(error)


class Bench:
    """A presenter between a library, a screen and jobs that the test runs."""

    def __init__(self) -> None:
        self.now = 0.0
        self.jobs, self.shelves, self.screen = LaterJobs(), Shelves(), Screen()
        self.presenter = LibraryPresenter(self.jobs, self.screen, lambda: self.now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_work_goes_on_at_start(bench: Bench) -> None:
    bench.shelves.rows = [DocumentEntry(None, "/p/a.pdf", "Ward", DocumentState.QUEUED)]
    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    assert "process" in bench.shelves.calls
    assert bench.screen.states == [WorkState.RUNNING, WorkState.IDLE]
    assert [entry.state for entry in bench.presenter.listing.entries.values()] == [DocumentState.INDEXED]


def test_what_is_dropped_before_the_library_is_open_is_added_then(bench: Bench) -> None:
    bench.presenter.add([Path("/p/a.pdf")])
    assert not bench.jobs.queued
    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    assert "add /p/a.pdf None" in bench.shelves.calls


def test_what_holds_no_document_is_said_to(bench: Bench) -> None:
    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    before = bench.shelves.calls.count("process")
    bench.shelves.found = Scan((), 0)
    bench.presenter.add([Path("/p")])
    bench.jobs.work()
    assert ["no documents" in str(error) for error in bench.screen.errors] == [True]
    assert bench.presenter.state is WorkState.IDLE
    assert bench.shelves.calls.count("process") == before


def test_what_is_added_to_no_library_is_refused(bench: Bench) -> None:
    fault = EnvironmentFault("The library is open in another Lectern.")
    bench.presenter.fail(fault)
    bench.presenter.add([Path("/p/a.pdf")])
    assert bench.screen.errors == [fault]


def test_files_added_during_work_are_taken_in_without_waiting_for_its_end(bench: Bench) -> None:
    bench.presenter.open(bench.shelves)
    bench.jobs.work(LaneName.PROBE)

    def drop(_cancel: CancelToken) -> None:
        bench.shelves.meanwhile = lambda _cancel: None
        bench.presenter.add([Path("/p/late.pdf")])
        bench.jobs.work(LaneName.PROBE)

    bench.shelves.meanwhile = drop
    bench.jobs.work()
    assert bench.shelves.calls.count("process") == 2
    assert bench.presenter.state is WorkState.IDLE
    assert [entry.path for entry in bench.presenter.listing.entries.values()] == ["/p/late.pdf"]


def test_pause_waits_and_goes_on(bench: Bench) -> None:
    seen: list[bool] = []
    bench.presenter.open(bench.shelves)

    def pause(cancel: CancelToken) -> None:
        bench.presenter.pause()
        seen.append(cancel.paused)
        bench.presenter.resume()
        seen.append(cancel.paused)

    bench.shelves.meanwhile = pause
    bench.jobs.work()
    assert seen == [True, False]
    assert bench.screen.states == [WorkState.RUNNING, WorkState.PAUSED, WorkState.RUNNING, WorkState.IDLE]


def test_stop_is_no_error_and_can_be_taken_back(bench: Bench) -> None:
    bench.shelves.rows = [DocumentEntry(None, "/p/a.pdf", "Ward", DocumentState.QUEUED)]
    bench.presenter.open(bench.shelves)
    bench.shelves.meanwhile = lambda _cancel: bench.presenter.stop()
    bench.jobs.work()
    assert bench.presenter.state is WorkState.STOPPED
    assert bench.screen.waiting == 1
    assert not bench.screen.errors
    bench.shelves.meanwhile = lambda _cancel: None
    bench.presenter.resume()
    bench.jobs.work()
    assert bench.screen.states[-1] is WorkState.IDLE


def test_stop_also_wakes_paused_work(bench: Bench) -> None:
    bench.presenter.open(bench.shelves)

    def pause_then_stop(cancel: CancelToken) -> None:
        bench.presenter.pause()
        bench.presenter.stop()
        assert not cancel.paused

    bench.shelves.meanwhile = pause_then_stop
    bench.jobs.work()
    assert bench.presenter.state is WorkState.STOPPED


def test_fault_is_told_and_work_can_begin_again(bench: Bench) -> None:
    fault = EnvironmentFault("The disk is full.", "Make room.")

    def fail(_cancel: CancelToken) -> None:
        raise fault

    bench.presenter.open(bench.shelves)
    bench.shelves.meanwhile = fail
    bench.jobs.work()
    assert bench.screen.errors == [fault]
    assert bench.presenter.state is WorkState.STOPPED
    assert bench.presenter.slot.latest().stage == ""


def test_skipped_files_are_told_once_at_the_end(bench: Bench) -> None:
    bench.shelves.always = [DocumentEntry(None, "/p/x.pdf", "Ward", DocumentState.SKIPPED, reason="encrypted")]
    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    assert not bench.screen.skipped
    bench.shelves.report = IngestReport(skipped=(Skipped("/p/x.pdf", "encrypted", "“x.pdf” is locked."),))
    bench.presenter.process()
    bench.jobs.work()
    assert [skipped.reason for skipped in bench.screen.skipped] == ["encrypted"]


def test_files_that_were_refused_before_they_were_read_are_told_too(bench: Bench) -> None:
    def refuse(_cancel: CancelToken) -> None:
        bench.shelves.revision += 1

    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    bench.shelves.meanwhile = refuse
    bench.presenter.add([Path("/p/a.pdf")])
    refused = DocumentEntry(None, "/p/x.xyz", "Ward", DocumentState.SKIPPED, reason="unsupported")
    bench.shelves.always = [refused]
    bench.jobs.work()
    assert [skipped.path for skipped in bench.screen.skipped] == ["/p/x.xyz"]
    bench.screen.skipped = []
    bench.presenter.process()
    bench.jobs.work()
    assert not bench.screen.skipped


def test_nothing_is_listed_again_until_something_changed(bench: Bench) -> None:
    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    listings = bench.shelves.calls.count("entries")
    for _ in range(5):
        bench.now += LONGEST_REST
        bench.presenter.poll()
        bench.jobs.work()
    assert bench.shelves.calls.count("entries") == listings
    bench.presenter.erase("/p/a.pdf")
    bench.jobs.work()
    assert bench.shelves.calls.count("entries") == listings + 1


def test_slow_listings_are_made_seldom(bench: Bench) -> None:
    bench.presenter.open(bench.shelves)
    bench.jobs.work()
    bench.now += LONGEST_REST
    bench.shelves.revision += 1
    bench.presenter.poll()
    bench.now += 0.2
    bench.jobs.work()
    listings = bench.shelves.calls.count("entries")
    bench.shelves.revision += 1
    for _ in range(4):
        bench.now += 0.4
        bench.presenter.poll()
        bench.jobs.work()
    assert bench.shelves.calls.count("entries") == listings
    bench.now += 0.5
    bench.presenter.poll()
    bench.jobs.work()
    assert bench.shelves.calls.count("entries") == listings + 1
