"""Files into documents, several at a time, each in a child process that may die without harm."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

from app.documents import wire
from app.documents.child import ChildEnded, ParserChild
from app.documents.faults import Reason, fault
from app.documents.job import Job, Stopped
from app.documents.limits import Limits
from app.documents.reading import FileStat
from app.domain.documents import ParsedDocument
from app.domain.errors import DocumentFault, EnvironmentFault
from app.jobs.cancel import CancelToken

_STANDARD = Limits()
# Seconds between looks at the clock and the cancel token, which cannot wake anybody.
_GLANCE = 0.05


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What became of a file. ``document`` and ``fault`` both None: its bytes were known already.

    Attributes:
        stat: of the file as it was read; None where it could not be opened.
        sha256: of its bytes, hexadecimal; empty where they could not be read.
    """

    path: Path
    stat: FileStat | None
    sha256: str
    document: ParsedDocument | None
    fault: DocumentFault | None


class ParserPool:
    """Child processes that parse files. They start with the pool, so that they are ready when the first file comes."""

    def __init__(self, workers: int, limits: Limits = _STANDARD) -> None:
        self._readers = [_Reader(limits) for _ in range(workers)]
        self._job: Job[ParseResult] | None = None

    def parse(
        self, paths: Iterable[Path], known: Callable[[str], bool], cancel: CancelToken
    ) -> Iterator[list[ParseResult]]:
        """Yield a result for every file, those together that are ready. One call at a time.

        Args:
            paths: taken as children get free, from threads of the pool, one at a time.
            known: whether a document with this SHA-256 is there already; asked from threads of the pool.
            cancel: while it is paused no new file is begun; when it is cancelled the children are killed.

        Raises:
            Cancelled: stop was asked for, or the pool closed.
            EnvironmentFault: no child can be started.
        """
        job = self._job = Job[ParseResult](paths, cancel, len(self._readers))
        watch = Thread(target=self._watch, args=(job,), name="parser watch", daemon=True)
        watch.start()
        try:
            for reader in self._readers:
                reader.work_on(job, known)
            yield from job.results()
        finally:
            job.stop()
            watch.join()

    def close(self) -> None:
        """Stop what is being read and end the children."""
        if self._job:
            self._job.stop()
        for reader in self._readers:
            reader.end()
        for reader in self._readers:
            reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self, job: Job[ParseResult]) -> None:
        while not job.over(_GLANCE):
            for reader in self._readers:
                reader.expire()
        # A reader may just have started another child: until each has noticed that the job is over.
        while not job.left(_GLANCE / 10):
            for reader in self._readers:
                reader.kill()


@dataclass(slots=True)
class _File:
    """A file in hand, and what is known of it so far."""

    path: Path
    stat: FileStat | None = None
    sha256: str = ""

    def result(self, document: ParsedDocument | None = None, refused: DocumentFault | None = None) -> ParseResult:
        return ParseResult(self.path, self.stat, self.sha256, document, refused)

    def refused(self, reason: Reason, detail: str) -> ParseResult:
        return self.result(refused=fault(reason, self.path, detail))


class _Reader:
    """A child process and the thread that it belongs to, which lives as long as the pool."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: ParserChild | None = None
        self._inbox: SimpleQueue[tuple[Job[ParseResult], Callable[[str], bool]] | None] = SimpleQueue()
        self._thread = Thread(target=self._live, name="parser", daemon=True)
        self._thread.start()

    def work_on(self, job: Job[ParseResult], known: Callable[[str], bool]) -> None:
        """Take files of a job until there are none."""
        self._inbox.put((job, known))

    def expire(self) -> None:
        """Kill the child if its time is up. From any thread."""
        if child := self._child:
            child.expire()

    def kill(self) -> None:
        """Kill the child. From any thread."""
        if child := self._child:
            child.kill()

    def end(self) -> None:
        """End when the job in hand is left."""
        self._inbox.put(None)

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def _live(self) -> None:
        # If this fails it fails again, and is heard, when there is work.
        with suppress(EnvironmentFault):
            self._child = ParserChild(self._limits)
        while order := self._inbox.get():
            job, known = order
            try:
                while path := job.next_path():
                    job.add(self._read(_File(path), job, known))
            except Stopped:
                pass
            except BaseException as error:  # noqa: BLE001 - raised again where the results are taken
                job.fail(error)
            finally:
                job.leave()
        self._drop()

    def _read(self, file: _File, job: Job[ParseResult], known: Callable[[str], bool]) -> ParseResult:
        while True:
            child = self._ready_child(job)
            try:
                result = self._ask(child, file, known)
            except ChildEnded as ended:
                self._drop()
                job.check()
                # A child that read other files before may have died of what they left behind: one more try.
                if not child.files or ended.reason is Reason.TIMEOUT:
                    return file.refused(ended.reason, ended.detail)
            else:
                child.files += 1
                if child.worn or child.files >= self._limits.files_per_child:
                    self._drop()
                    self._child = ParserChild(self._limits)
                return result

    def _ready_child(self, job: Job[ParseResult]) -> ParserChild:
        if self._child and self._child.ended:
            self._drop()
        child = self._child = self._child or ParserChild(self._limits)
        try:
            child.wait_until_ready()
        except EnvironmentFault:
            self._drop()
            job.check()
            raise
        return child

    def _drop(self) -> None:
        if child := self._child:
            self._child = None
            child.close()

    def _ask(self, child: ParserChild, file: _File, known: Callable[[str], bool]) -> ParseResult:
        try:
            header = child.ask({"path": str(file.path.absolute())})
            file.stat, file.sha256 = _header(header)
            if "fault" in header:
                return file.refused(*_fault(header))
            if known(file.sha256):
                child.tell({"go": False})
                return file.result()
            answer = child.ask({"go": True})
            if "fault" in answer:
                return file.refused(*_fault(answer))
            return file.result(wire.decode_document(answer))
        except wire.BadMessage as error:
            raise child.distrust("Its answer makes no sense.") from error


def _header(message: wire.Message) -> tuple[FileStat | None, str]:
    size, mtime_ns, sha256 = message.get("size"), message.get("mtime_ns"), message.get("sha256", "")
    if size is None and "fault" in message:
        return None, ""
    if not isinstance(size, int) or not isinstance(mtime_ns, int) or not isinstance(sha256, str):
        raise wire.BadMessage
    if len(sha256) != (0 if "fault" in message else 64):
        raise wire.BadMessage
    return FileStat(size, mtime_ns), sha256


def _fault(message: wire.Message) -> tuple[Reason, str]:
    try:
        return Reason(str(message["fault"])), str(message.get("detail", ""))
    except ValueError as error:
        raise wire.BadMessage from error
