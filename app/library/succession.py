"""Another embedder takes over: first it learns the meaning of everything, then the index changes at one stroke."""

from collections.abc import Sequence
from threading import Lock

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.backlog import ROUND
from app.library.cached_embedder import CachedEmbedder, LibraryEmbedder, key_of
from app.library.contents import Contents
from app.library.indexing import Indexing
from app.library.ledger import Ledger

_SUCCESSOR, _SUCCESSOR_NAME = "successor", "successor_name"


class Succession:
    """Has the successor's vectors made, a round at a time, while the index in use stays as it is.

    Goes on where it was stopped or killed. Of a text, however often it stands in the library, one vector is made.

    Args:
        at_hand: the embedders among which is the one that was to take over when the library was last open.
    """

    def __init__(
        self, ledger: Ledger, contents: Contents, indexing: Indexing, at_hand: Sequence[LibraryEmbedder]
    ) -> None:
        self._ledger = ledger
        self._contents = contents
        self._indexing = indexing
        self._lock = Lock()
        model = next((model for model in at_hand if key_of(model) == self.key), None)
        self._learning = _Learning(model, ledger, contents) if model else None

    @property
    def key(self) -> str:
        """The key of the embedder that is to take over, at hand or not; empty = none is."""
        return self._ledger.setting(_SUCCESSOR)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._ledger.setting(_SUCCESSOR_NAME)

    def begin(self, model: LibraryEmbedder) -> None:
        """Have an embedder take over; with the one in use, none is to any more. Any thread may do so."""
        with self._lock:
            if key_of(model) == self._indexing.space.key:
                self._learning = None
                self._write("", "")
            else:
                self._learning = _Learning(model, self._ledger, self._contents)
                self._write(key_of(model), model.name)

    def go_on(self, progress: ProgressSlot, cancel: CancelToken) -> bool:
        """Do a round, or hand over where everything is learnt; return whether there was anything to do.

        Raises:
            Cancelled: stop was asked for; what was learnt is kept.
            EnvironmentFault: the disk or the model is in the way; the index in use stays.
        """
        learning = self._learning
        if learning is None:
            return False
        if not learning.go_on(progress, cancel):
            before = self._indexing.space.embedder.model
            self._indexing.rebuild(progress, cancel, learning.embedder)
            before.close()
            with self._lock:
                if self._learning is learning:
                    self._learning = None
                    self._write("", "")
        return True

    def _write(self, key: str, name: str) -> None:
        with self._ledger.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", [(_SUCCESSOR, key), (_SUCCESSOR_NAME, name)]
            )


class _Learning:
    """Fills the cache of one embedder."""

    def __init__(self, model: LibraryEmbedder, ledger: Ledger, contents: Contents) -> None:
        self.embedder = CachedEmbedder(model, ledger)
        self._ledger = ledger
        self._contents = contents
        self._last = 0  # chunk
        self._learnt = 0

    def go_on(self, progress: ProgressSlot, cancel: CancelToken) -> bool:
        """Do a round; return whether anything was lacking."""
        cache = self.embedder.cache
        lacking = cache.lacking(self._last, ROUND)
        if not lacking:
            return False
        chunk_of = {text: key for key, text in lacking.items()}
        texts = self._contents.embedded_texts({key: text for text, key in chunk_of.items()})
        left = self._ledger.count("SELECT count(DISTINCT text_sha256) FROM chunks") - cache.count()
        total = self._learnt + max(left, len(texts))

        def tell(hashes: Sequence[str], _tokens: int) -> None:
            self._learnt += len(hashes)
            progress.report("Learning the meaning anew", self._learnt, total, "passages", self.embedder.model.name)

        for _stored in self.embedder.embed(texts, cancel, tell):
            pass
        self._last = max(lacking)
        return True
