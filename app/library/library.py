"""A library: the one door to what is kept."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from app.documents.faults import shown
from app.domain.documents import (
    DocumentEntry,
    IngestReport,
    LibraryStatus,
    NamedDocument,
    Page,
    StoredChunk,
)
from app.domain.errors import EnvironmentFault, UsageFault
from app.domain.scope import Scope, Searched
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.backlog import Backlog
from app.library.cached_embedder import LibraryEmbedder
from app.library.contents import Contents
from app.library.conversations import KeptConversations
from app.library.files import Files, skipped_of
from app.library.frequencies import Frequencies
from app.library.indexing import Indexing, discard, embedder_in_use, missing_embedder
from app.library.ingest import IngestRun
from app.library.ledger import Ledger
from app.library.scopes import Scopes, Selection
from app.library.space import Space
from app.library.succession import Succession
from app.library.vector_places import FolderPlace, Place, ServerPlace
from app.library.walk import Walk, absolute, is_as_found, is_gone, walk
from app.security.policy import Server

_DEFAULT_COLLECTION = "Documents"
_ERASING, _IDENTITY = "erasing", "identity"


@dataclass(frozen=True, slots=True)
class Scan:
    """The files that dropped paths stand for, and how many of them were known as they are."""

    files: tuple[Path, ...]
    unchanged: int


class Library:
    """One folder that holds everything known about a set of documents. Any thread may use it.

    Attributes:
        folder: where it is.
        conversations: those that it keeps.
        missing_embedder: name of the embedder that the index was made with, where it is not at hand; else empty.
    """

    def __init__(
        self,
        folder: Path,
        embedders: Sequence[LibraryEmbedder],
        generator: str,
        workers: int,
        vector_server: Server | None = None,
    ) -> None:
        """Open the library in ``folder``, or make it.

        Args:
            folder: for this library alone.
            embedders: at hand, the best first. A new library takes the first to which texts do not leave this program;
                an old one stays with its own. Without any, documents are found by words only.
            generator: name of the model that answers, for `status`.
            workers: parsers at a time.
            vector_server: keeps the vector index; None = it lies in the library.

        Raises:
            EnvironmentFault: the folder cannot be used, or another program has the library open.
        """
        self.folder = folder
        self._lock = _locked(folder)
        try:
            self._ledger = Ledger(folder / "ledger.sqlite")
        except BaseException:
            self._lock.release()
            raise
        self._files = Files(self._ledger)
        self._contents = Contents(self._ledger)
        self.conversations = KeptConversations(self._ledger)
        self._frequencies = Frequencies(self._ledger)
        self._scopes = Scopes(self._ledger)
        self._place = _place(self._ledger, folder / "vectors", vector_server)
        embedder = embedder_in_use(self._ledger, embedders)
        self.missing_embedder = missing_embedder(self._ledger, embedder)
        self._indexing: Indexing | None = None
        self._backlog: Backlog | None = None
        self._succession: Succession | None = None
        if embedder:
            self._find_by_meaning(embedder, embedders)
        self._generator = generator
        self._workers = workers
        # Held for a turn at the index: a round of embedding, a check, an erasure.
        self._turn = threading.Lock()
        self._processing = threading.Lock()

    def add(self, paths: Sequence[Path], cancel: CancelToken, collection: str | None = None) -> Scan:
        """Queue the files of ``paths``; a folder's name is its collection unless one is named.

        Files that are gone from a folder since it was added last leave the library.

        Raises:
            UsageFault: a path does not exist, or is a folder that is empty now and was not; nothing is queued.
            Cancelled: stop was asked for; nothing of the folder in hand is queued.
        """
        walks: list[tuple[str, Walk]] = []
        met: dict[Path, None] = {}
        gone: list[Path] = []
        for path in dict.fromkeys(map(absolute, paths)):
            found = walk(path, cancel, self.folder)
            gone += self._gone(path, found)
            name = shown(path.name) if path.is_dir() else _DEFAULT_COLLECTION
            found.leave_out(met)
            met |= dict.fromkeys(found.paths)
            walks.append((collection or name, found))
        unchanged = sum(self._files.enqueue(found, name) for name, found in walks)
        self._contents.forget(gone)
        return Scan(tuple(met), unchanged)

    def process(self, progress: ProgressSlot, cancel: CancelToken) -> IngestReport:
        """Read what is queued, then embed what waits, until nothing does; what is queued meanwhile comes first.

        Goes on where an earlier run was stopped or killed.

        Raises:
            Cancelled: stop was asked for; everything finished so far is kept.
            EnvironmentFault: the disk or a model is in the way.
        """
        with self._processing:
            self._finish_erasing()
            run = self._run()
            run.work(progress, cancel)
            return run.report(run.files, unchanged=0)

    def ingest(self, paths: Sequence[Path], progress: ProgressSlot, cancel: CancelToken) -> IngestReport:
        """`add`, then `process`; the report is about ``paths`` only."""
        with self._processing:
            self._finish_erasing()
            run = self._run()
            scan = self.add(paths, cancel)
            run.work(progress, cancel)
            return run.report(scan.files, scan.unchanged)

    def check(self, progress: ProgressSlot, cancel: CancelToken) -> None:
        """Check the vector index against the ledger once after opening, and mend it; `process` does so too."""
        self._finish_erasing()
        if self._indexing:
            with self._turn:
                self._indexing.check(progress, cancel)

    def rebuild(self, progress: ProgressSlot, cancel: CancelToken) -> int:
        """Make the vector index again from the ledger; return how many vectors it has."""
        if not self._indexing:
            return 0
        with self._turn:
            return self._indexing.rebuild(progress, cancel)

    def use(self, embedder: LibraryEmbedder) -> None:
        """Have another embedder take over: `process` learns the meaning of everything anew, then changes to it.

        Until then the one in use stays, for questions and for new documents. To use that one again ends the change.
        """
        if self._succession is not None:
            self._succession.begin(embedder)
            return
        with self._turn:
            indexing, succession = self._find_by_meaning(embedder, [embedder])
            # Another may have been chosen to take over while there was one.
            succession.begin(embedder)
            indexing.rebuild(ProgressSlot(), CancelToken())
        self.missing_embedder = ""

    def erase(self, path: Path) -> int:
        """Remove a file, or all files of a folder, for good: no trace stays in the library's files.

        Conversations lose what they quote of it, also of what the file held before, or of a file that left the library.
        What is cut short is finished by the next call, or by `check` or `process`.

        Returns:
            How many documents went; one that is held at another path stays.

        Raises:
            UsageFault: nothing of ``path`` is in the library.
            EnvironmentFault: the disk is in the way; it is out of the library, and traces of it may be on the disk yet.
        """
        path = absolute(path)
        known = self._files.at_or_below(path)
        if not known and not self.conversations.quotes(path) and not self._ledger.setting(_ERASING):
            raise UsageFault(f"{path} is not in this library.", "See which files are with: lectern documents")
        gone = self._contents.erase(
            known, _ERASING, lambda connection, documents: self.conversations.erase(connection, path, documents)
        )
        self._finish_erasing()
        return gone

    def entries(self) -> list[DocumentEntry]:
        """Return every file, by collection and path."""
        return self._files.entries()

    def documents(self) -> dict[str, str]:
        """Return which document (SHA-256) was found at which path; a file that was not taken in has none."""
        return {entry.path: entry.sha256 for entry in self.entries() if entry.sha256}

    def collections(self) -> list[str]:
        """Return the names of the collections that hold a file."""
        return self._files.collections()

    def pages(self, document: str) -> list[Page]:
        """Return the pages of a document (SHA-256) in order."""
        return self._contents.pages(document)

    def page(self, document: str, number: int) -> Page:
        """Return one page of a document (SHA-256).

        Raises:
            LecternError: it is not there any more.
        """
        return self._contents.page(document, number)

    def file(self, document: str) -> Path | None:
        """Return a path that holds a document (SHA-256), if one is still there and was not changed since."""
        return next((file.path for file in self._files.holding(document) if is_as_found(file)), None)

    def status(self) -> LibraryStatus:
        """Count what is there.

        Raises:
            EnvironmentFault: the vector index cannot be read.
        """
        count = self._ledger.count
        with self._turn:
            vectors = self._indexing.vectors() if self._indexing else 0
        return LibraryStatus(
            documents=count("SELECT count(*) FROM documents"),
            paths=count("SELECT count(*) FROM paths"),
            pages=count("SELECT count(*) FROM pages"),
            chunks=self.passages(),
            vectors=vectors,
            queued=count("SELECT count(*) FROM paths WHERE queued"),
            skipped=len(skipped_of(self.entries())),
            embedder=self._indexing.space.embedder.model.name if self._indexing else "",
            successor=self._succession.name if self._succession else "",
            generator=self._generator,
        )

    def passages(self) -> int:
        """Count the chunks."""
        return self._frequencies.chunks()

    def fingerprint(self) -> str:
        """Return what tells the documents, and how far each has come, from all others: SHA-256, hexadecimal."""
        return self._contents.fingerprint()

    @property
    def revision(self) -> int:
        """A number that grows with every change; cheap to look at."""
        return self._ledger.revision

    @property
    def successor(self) -> str:
        """The key of the embedder that is to take over; empty = none is."""
        return self._succession.key if self._succession else ""

    def select(self, scope: Scope) -> Selection | None:
        """Return the chunks of the documents in scope; None = those of all documents.

        Raises:
            UsageFault: the scope names what is not here, or holds no document that can be searched.
        """
        return self._scopes.select(scope)

    def of_document(self, document: str) -> Selection:
        """Return the chunks of one document (SHA-256)."""
        return self._scopes.of_document(document)

    def searched(self, scope: Scope) -> Searched:
        """Say how many documents are in scope, and which files in scope are not among them."""
        return self._scopes.searched(scope)

    def documents_in(self, scope: Scope) -> list[NamedDocument]:
        """Return the documents in scope that were read, by path; one that lies at several is there several times.

        Raises:
            UsageFault: the scope names what is not here.
        """
        return self._scopes.documents(scope)

    def find_words(self, expression: str, limit: int, within: Selection | None = None) -> list[tuple[int, float]]:
        """Return (chunk id, BM25 score) of the best matches of an FTS5 ``expression``, higher is better."""
        return self._contents.find_words(expression, limit, within)

    def frequency(self, term: str) -> int:
        """Count the chunks that have a word in any of its forms, or several words in a row; it may be a little old."""
        return self._frequencies.having(term)

    def standing(self, terms: Iterable[str]) -> list[str]:
        """Return those of many terms that stand in a chunk."""
        return self._frequencies.standing(terms)

    @property
    def space(self) -> Space | None:
        """The vectors of the embedder that is in use now; None = there is none."""
        return self._indexing.space if self._indexing else None

    def day_of(self, document: str) -> date | None:
        """Return the day on which a document was made, as it says itself, or else its file changed last.

        None where neither is known. ``document``: its SHA-256.
        """
        return self._contents.day_of(document)

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return chunks in the order asked; unknown ids are left out."""
        return self._contents.chunks(ids)

    def neighbours(self, chunk_id: int) -> tuple[StoredChunk | None, StoredChunk | None]:
        """Return the chunk before and the chunk after, in the same document."""
        return self._contents.neighbours(chunk_id)

    def close(self) -> None:
        """Close everything and let another program have the library. Stop running jobs first."""
        if self._indexing:
            self._indexing.close()
        self._ledger.close()
        self._lock.release()

    def _find_by_meaning(
        self, embedder: LibraryEmbedder, at_hand: Sequence[LibraryEmbedder]
    ) -> tuple[Indexing, Succession]:
        self._indexing = Indexing(self._ledger, self._place, embedder)
        self._backlog = Backlog(self._indexing, self._contents)
        self._succession = Succession(self._ledger, self._contents, self._indexing, at_hand)
        return self._indexing, self._succession

    def _run(self) -> IngestRun:
        return IngestRun(self._files, self._contents, self._backlog, self._succession, self._turn, self._workers)

    def _finish_erasing(self) -> None:
        """Remove the traces of what was erased, which the ledger and the index keep until they are written anew."""
        if not self._ledger.setting(_ERASING):
            return
        with self._turn:
            if self._indexing:
                self._indexing.drop_unused()
                self._indexing.rebuild(ProgressSlot(), CancelToken())
            else:
                discard(self._ledger, self.folder / "vectors")
            self._ledger.compact()
            self._ledger.set_setting(_ERASING, "")

    def _gone(self, path: Path, found: Walk) -> list[Path]:
        """Return the known files of a folder that are not there any more.

        Raises:
            UsageFault: all of them, as when a drive is not connected.
        """
        met, known = set(found.paths), self._files.at_or_below(path)
        if known and not met:
            raise UsageFault(
                f"The folder {shown(str(path))} is empty, and the library has {len(known)} files of it.",
                "If it is on a drive, connect that first. To remove the files from the library, erase them.",
            )
        return [file for file in known if file not in met and is_gone(file)]


def _place(ledger: Ledger, folder: Path, server: Server | None) -> Place:
    if server is None:
        return FolderPlace(folder)
    if not ledger.setting(_IDENTITY):
        ledger.set_setting(_IDENTITY, uuid4().hex)
    return ServerPlace(server, ledger.setting(_IDENTITY), folder)


def _locked(folder: Path) -> FileLock:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(folder / "lectern.lock", thread_local=False)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise EnvironmentFault(
            f"The library {folder} is open in another Lectern.", "Close the other one, or choose another library."
        ) from error
    except OSError as error:
        raise EnvironmentFault(
            f"The folder {folder} cannot be used for a library: {error.strerror}.",
            "Choose a folder that you may write to.",
        ) from error
    return lock
