"""What the library pane and the progress strip do, without Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from time import monotonic
from typing import Protocol

from app.domain.documents import DocumentEntry, DocumentState, IngestReport, Skipped
from app.domain.errors import LecternError
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.ui.listing import NO_LISTING, Changes, Listing, difference, listing_of
from app.ui.work import JobRunner, LaneName

REST_SHARE = 10
"""Listing may take one part in this many of the time, so that showing a large library does not slow its making."""
LONGEST_REST = 5.0


class WorkState(Enum):
    """What the library is busy with."""

    IDLE = auto()
    LOOKING = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()
    STOPPED = auto()


class Added(Protocol):
    """What was found in dropped paths; see `app.library.library.Scan`."""

    @property
    def files(self) -> Sequence[Path]:
        """The files that they stand for."""
        ...


class Shelves(Protocol):
    """What is kept; see `app.library.library.Library`."""

    @property
    def revision(self) -> int:
        """A number that grows with every change."""
        ...

    def entries(self) -> list[DocumentEntry]:
        """Return every file."""
        ...

    def add(self, paths: Sequence[Path], cancel: CancelToken, collection: str | None = None) -> Added:
        """Queue files and folders."""
        ...

    def process(self, progress: ProgressSlot, cancel: CancelToken) -> IngestReport:
        """Take in what waits."""
        ...

    def erase(self, path: Path) -> int:
        """Remove a file for good."""
        ...


class LibraryScreen(Protocol):
    """What the presenter shows things on."""

    def show_changes(self, changes: Changes, listing: Listing) -> None:
        """Bring the rows up to date."""

    def show_work(self, state: WorkState, waiting: int) -> None:
        """Say what is being done; ``waiting`` files are left when it is stopped."""

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Tell, without disturbing, that files were skipped in the run that just ended."""

    def show_error(self, error: LecternError) -> None:
        """Say what went wrong."""


@dataclass(slots=True)
class _Poll:
    running: bool = False
    not_before: float = 0.0


class LibraryPresenter:
    """Adds, processes and removes documents, and keeps the listing up to date. One thread: the window's."""

    def __init__(self, jobs: JobRunner, screen: LibraryScreen, clock: Callable[[], float] = monotonic) -> None:
        self.slot = ProgressSlot()
        self.listing = NO_LISTING
        self._jobs = jobs
        self._screen = screen
        self._clock = clock
        self._library: Shelves | None = None
        self._fault: LecternError | None = None
        self._state = WorkState.IDLE
        self._cancel = CancelToken()
        self._scans: set[CancelToken] = set()
        self._dropped: list[tuple[Sequence[Path], str | None]] = []
        self._again = False
        self._poll = _Poll()
        self._told: set[str] | None = None
        self._untold: IngestReport | None = None
        self._ended_at = 0.0

    @property
    def state(self) -> WorkState:
        """What is being done."""
        return self._state

    @property
    def busy(self) -> bool:
        """Whether files are being looked for or taken in."""
        return self._state in (WorkState.LOOKING, WorkState.RUNNING, WorkState.PAUSED, WorkState.STOPPING)

    @property
    def waiting(self) -> int:
        """Files that are not yet searchable by words and meaning."""
        unfinished = (DocumentState.QUEUED, DocumentState.PARSED)
        return sum(entry.state in unfinished for entry in self.listing.entries.values())

    @property
    def skipped(self) -> list[Skipped]:
        """Every skipped file of the library."""
        return [
            Skipped(entry.path, entry.reason, entry.detail)
            for entry in self.listing.entries.values()
            if entry.state is DocumentState.SKIPPED
        ]

    def entry(self, document: str) -> DocumentEntry | None:
        """Return a row of the document with this SHA-256, if it is listed."""
        return next((entry for entry in self.listing.entries.values() if entry.sha256 == document), None)

    def open(self, library: Shelves) -> None:
        """Begin with a library: list it, add what was dropped before it was open, go on where work stopped."""
        self._library = library
        self.poll()
        for paths, collection in self._dropped:
            self.add(paths, collection)
        self._dropped.clear()
        self.process()

    def fail(self, error: LecternError) -> None:
        """Say that there will be no library."""
        self._fault = error

    def add(self, paths: Sequence[Path], collection: str | None = None) -> None:
        """Add files and folders, and take them in."""
        library = self._library
        if self._fault is not None:
            self._screen.show_error(self._fault)
            return
        if library is None:
            self._dropped.append((paths, collection))
            return
        cancel = CancelToken()
        self._scans.add(cancel)
        if not self.busy:
            self._set(WorkState.LOOKING)
        self._jobs.run(
            LaneName.PROBE,
            lambda: library.add(paths, cancel, collection),
            lambda added: self._added(cancel, added),
            lambda error: self._add_failed(cancel, error),
            lambda: self._scans.discard(cancel),
        )

    def process(self) -> None:
        """Take in whatever waits; when that is being done already, look again at its end."""
        library = self._library
        if library is None:
            return
        if self._state in (WorkState.RUNNING, WorkState.PAUSED, WorkState.STOPPING):
            self._again = True
            return
        cancel = self._cancel = CancelToken()
        self._again = False
        self._set(WorkState.RUNNING)
        self._jobs.run(
            LaneName.INDEX,
            lambda: library.process(self.slot, cancel),
            self._processed,
            self._process_failed,
            self._process_stopped,
        )

    def pause(self) -> None:
        """Let the work wait."""
        if self._state is WorkState.RUNNING:
            self._cancel.pause()
            self._set(WorkState.PAUSED)

    def resume(self) -> None:
        """Let paused work go on, or begin again after a stop."""
        if self._state is WorkState.PAUSED:
            self._cancel.resume()
            self._set(WorkState.RUNNING)
        elif self._state is WorkState.STOPPED:
            self.process()

    def stop(self) -> None:
        """End the work; what was done is kept."""
        for cancel in self._scans:
            cancel.cancel()
        if self._state in (WorkState.RUNNING, WorkState.PAUSED):
            self._again = False
            self._cancel.cancel()
            self._set(WorkState.STOPPING)
        elif self._state is WorkState.LOOKING:
            self._set(WorkState.IDLE)

    def erase(self, path: str) -> None:
        """Remove a file from the library; the file itself stays where it is."""
        library = self._library
        if library is not None:
            self._jobs.run(
                LaneName.PROBE, lambda: library.erase(Path(path)), lambda _removed: self.poll(), self._screen.show_error
            )

    def poll(self) -> None:
        """Ask for the listing again when it changed. Called by a timer."""
        library = self._library
        if library is None or self._poll.running or self._clock() < self._poll.not_before:
            return
        self._poll.running = True
        old, began = self.listing, self._clock()
        self._jobs.run(
            LaneName.PROBE, lambda: _look(library, old), lambda found: self._listed(found, began), self._poll_failed
        )

    def _listed(self, found: tuple[Listing, Changes] | None, began: float) -> None:
        now = self._clock()
        self._poll = _Poll(not_before=now + min(LONGEST_REST, REST_SHARE * (now - began)))
        if found is not None:
            self.listing, changes = found
            self._screen.show_changes(changes, self.listing)
            if self._state is WorkState.STOPPED:
                self._screen.show_work(self._state, self.waiting)
        if self._told is None:
            self._told = {skipped.path for skipped in self.skipped}
        if began >= self._ended_at:
            self._tell_skipped(self._told)

    def _tell_skipped(self, told: set[str]) -> None:
        """Tell of files that the run which ended skipped, and of those that were refused before it."""
        if self._untold is None:
            return
        again = {skipped.path for skipped in self._untold.skipped}
        new = [skipped for skipped in self.skipped if skipped.path in again or skipped.path not in told]
        self._untold = None
        self._told = {skipped.path for skipped in self.skipped}
        if new:
            self._screen.show_skipped(new)

    def _poll_failed(self, error: LecternError) -> None:
        self._poll = _Poll(not_before=self._clock() + LONGEST_REST)
        self._screen.show_error(error)

    def _added(self, cancel: CancelToken, added: Added) -> None:
        if added.files:
            self._scans.discard(cancel)
            self.process()
        else:
            self._add_failed(cancel, LecternError("There are no documents in what you added."))

    def _add_failed(self, cancel: CancelToken, error: LecternError) -> None:
        self._scans.discard(cancel)
        if self._state is WorkState.LOOKING and not self._scans:
            self._set(WorkState.IDLE)
        self._screen.show_error(error)

    def _processed(self, report: IngestReport) -> None:
        self._untold = report
        self._ended(WorkState.IDLE)

    def _process_failed(self, error: LecternError) -> None:
        self._ended(WorkState.STOPPED)
        self._screen.show_error(error)

    def _process_stopped(self) -> None:
        self._ended(WorkState.STOPPED)

    def _ended(self, state: WorkState) -> None:
        self.slot.clear()
        self._ended_at = self._clock()
        self._poll.not_before = 0.0
        self._set(state)
        self.poll()
        if self._again:
            self.process()

    def _set(self, state: WorkState) -> None:
        self._state = state
        self._screen.show_work(state, self.waiting)


def _look(library: Shelves, old: Listing) -> tuple[Listing, Changes] | None:
    revision = library.revision
    if revision == old.revision:
        return None
    listing = listing_of(revision, library.entries())
    return listing, difference(old.entries, listing.entries)
