"""One run of taking documents in: read what is queued, embed what waits, then let another embedder take over."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from time import monotonic

from app.documents.pool import ParseResult, ParserPool
from app.domain.documents import DocumentState, IngestReport, StageSeconds
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.backlog import Backlog
from app.library.contents import Contents
from app.library.files import Files, skipped_of
from app.library.succession import Succession


class IngestRun:
    """Does the work and counts it.

    Attributes:
        files: the files read so far.
    """

    def __init__(
        self,
        files: Files,
        contents: Contents,
        backlog: Backlog | None,
        succession: Succession | None,
        turn: Lock,
        workers: int,
    ) -> None:
        """Start the clock of the report; ``turn`` is held during each round at the index."""
        self.files: list[Path] = []
        self._files = files
        self._contents = contents
        self._backlog = backlog
        self._succession = succession
        self._turn = turn
        self._workers = workers
        self._began = monotonic()
        self._indexed = self._pages = self._chunks = self._tokens = 0
        self._parse_seconds = self._embed_seconds = 0.0

    def work(self, progress: ProgressSlot, cancel: CancelToken) -> None:
        """Work until nothing is queued and nothing waits; what is queued meanwhile is read before embedding goes on.

        Raises:
            Cancelled: stop was asked for; everything finished so far is kept.
            EnvironmentFault: the disk or a model is in the way.
        """
        try:
            while True:
                cancel.check()
                if queued := self._files.queued():
                    self._parse(queued, progress, cancel)
                elif not self._embed(progress, cancel) and not self._succeed(progress, cancel):
                    return
        finally:
            progress.clear()

    def report(self, files: Iterable[Path], unchanged: int) -> IngestReport:
        """Report on ``files``; the counts of pages, chunks and tokens are those of this run."""
        entries = self._files.entries_of(files)
        read = {entry.id for entry in entries if entry.state in (DocumentState.PARSED, DocumentState.INDEXED)}
        return IngestReport(
            files=len(entries),
            documents=len(read),
            indexed=self._indexed,
            unchanged=unchanged,
            skipped=skipped_of(entries),
            pages=self._pages,
            chunks=self._chunks,
            tokens=self._tokens,
            seconds=StageSeconds(self._parse_seconds, self._embed_seconds, monotonic() - self._began),
        )

    def _parse(self, queued: Sequence[Path], progress: ProgressSlot, cancel: CancelToken) -> None:
        began = monotonic()
        # Asked from threads of the pool: each would open the ledger for itself.
        known = self._contents.hashes()
        with ParserPool(min(self._workers, len(queued))) as pool:
            done = 0
            for results in pool.parse(queued, known.__contains__, cancel):
                self._contents.keep(results)
                known |= {result.sha256 for result in results if result.document}
                self._count(results)
                done += len(results)
                progress.report("Reading documents", done, len(queued), "files", results[-1].path.name)
        self._parse_seconds += monotonic() - began

    def _count(self, results: Sequence[ParseResult]) -> None:
        self.files += [result.path for result in results]
        read = [result.document for result in results if result.document]
        self._pages += sum(len(document.pages) for document in read)
        self._chunks += sum(len(document.chunks) for document in read)

    def _embed(self, progress: ProgressSlot, cancel: CancelToken) -> bool:
        if not self._backlog:
            return False
        began = monotonic()
        with self._turn:
            embedded = self._backlog.embed(progress, cancel)
        self._indexed += embedded.documents
        self._tokens += embedded.tokens
        self._embed_seconds += monotonic() - began
        return embedded.chunks > 0

    def _succeed(self, progress: ProgressSlot, cancel: CancelToken) -> bool:
        if not self._succession:
            return False
        with self._turn:
            return self._succession.go_on(progress, cancel)
