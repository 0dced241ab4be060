"""Services of which the test says what happens while they work, for moments that real ones pass too fast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from app.answering.answerer import (
    Answerer,
    AnswerEvent,
    AnswerFinished,
    AskMode,
    ClaimChecked,
    PassagesFound,
    ThoughtWritten,
)
from app.answering.conversation import Conversations
from app.answering.follow_up import EarlierTurn, completed
from app.domain.answers import Answer, AnswerMode, AnswerStatus, Citation, Claim
from app.domain.conversations import Origin
from app.domain.documents import DocumentEntry, DocumentState, IngestReport, Page
from app.domain.scope import EVERYTHING, Scope, Searched
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.conversations import KeptConversations
from app.library.library import Scan
from app.services import ModelInUse, Notice

QUOTE = "The key is carried by the nurse in charge."
TINY = ModelInUse("tiny", "Tiny", "generator", stand_in=True)
TEXT = f"Keys.\n{QUOTE} It is handed over in person."
CITATION = Citation("ab" * 32, "/papers/Key cupboard.md", "Key cupboard", 1, 6, 6 + len(QUOTE), QUOTE)


@dataclass
class ScriptedLibrary:
    """Keeps rows, and conversations in a real ledger; ``meanwhile`` runs in the middle of `process`."""

    conversations: KeptConversations
    rows: list[DocumentEntry] = field(default_factory=list)
    revision: int = 0
    added: list[Path] = field(default_factory=list)
    meanwhile: Callable[[CancelToken], object] = lambda _cancel: None

    def entries(self) -> list[DocumentEntry]:
        return list(self.rows)

    def add(self, paths: Sequence[Path], cancel: CancelToken, collection: str | None = None) -> Scan:
        self.added += paths
        name = collection or "Ward"
        self.rows += [DocumentEntry(None, str(path), name, DocumentState.QUEUED) for path in paths]
        self.revision += 1
        cancel.check()
        return Scan(tuple(paths), 0)

    def process(self, progress: ProgressSlot, cancel: CancelToken) -> IngestReport:
        if self.rows:
            progress.report("Reading documents", 1, 2, "files")
        self.meanwhile(cancel)
        cancel.check()
        return IngestReport()

    def erase(self, path: Path) -> int:
        self.rows = [row for row in self.rows if row.path != str(path)]
        self.revision += 1
        return 1

    def pages(self, document: str) -> list[Page]:
        return [Page(1, TEXT, "Keys")] if document == CITATION.document else []

    def file(self, document: str) -> Path | None:
        return None if document else Path("never")


@dataclass
class ScriptedAnswerer:
    """Quotes, thinks aloud, waits for ``meanwhile``, then writes one good sentence and one bad one."""

    thoughts: Sequence[str] = ()
    meanwhile: Callable[[CancelToken], object] = lambda _cancel: None
    finds: bool = True
    warmed_up: int = 0

    searcher: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(ranking="all"))

    def ask(
        self,
        question: str,
        mode: AskMode,
        cancel: CancelToken,
        listen: Callable[[AnswerEvent], None],
        earlier: Sequence[EarlierTurn],
        scope: Scope = EVERYTHING,
        exactly: bool = False,
    ) -> tuple[Answer, ...]:
        assert mode is AskMode.BOTH
        asked = completed(question, () if exactly else earlier).question
        listen(PassagesFound((), asked=asked if asked != question else ""))
        if not self.finds:
            searched = Searched(scope, 12, ("/papers/a.pdf", "/papers/b.docx"))
            nothing = Answer(question, AnswerStatus.NOT_FOUND, AnswerMode.EXTRACTIVE, (), (), searched=searched)
            listen(AnswerFinished(nothing))
            return (nothing,)
        quote = Claim(QUOTE, True, (CITATION,))
        listen(ClaimChecked(AnswerMode.EXTRACTIVE, quote))
        quoted = Answer(question, AnswerStatus.ANSWERED, AnswerMode.EXTRACTIVE, (quote,), ())
        listen(AnswerFinished(quoted))
        for thought in self.thoughts:
            listen(ThoughtWritten(thought))
        self.meanwhile(cancel)
        cancel.check()
        good = Claim("The nurse in charge carries it.", True, (CITATION,))
        bad = Claim("The porter carries it.", False, (), "“porter” is not in the passage.")
        for claim in (good, bad):
            listen(ClaimChecked(AnswerMode.GENERATED, claim))
        thoughts = "".join(self.thoughts).strip()
        written = Answer(question, AnswerStatus.ANSWERED, AnswerMode.GENERATED, (good, bad), (), thoughts=thoughts)
        listen(AnswerFinished(written))
        return quoted, written

    def warm_up(self, _cancel: CancelToken) -> None:
        self.warmed_up += 1


@dataclass
class ScriptedModels:
    """One that writes."""

    writer: ModelInUse = TINY

    def in_use(self) -> tuple[ModelInUse, ...]:
        return (self.writer,)

    def qualifying(self) -> None:
        """Have none to be qualified."""


@dataclass
class ScriptedServices:
    """Both, and whether they were closed."""

    library: ScriptedLibrary
    answerer: ScriptedAnswerer = field(default_factory=ScriptedAnswerer)
    notices: tuple[Notice, ...] = ()
    models: ScriptedModels = field(default_factory=ScriptedModels)
    closed: int = 0

    def __post_init__(self) -> None:
        answerer = cast("Answerer", self.answerer)
        self.conversations = Conversations(self.library.conversations, answerer, Origin, dict)

    def close(self) -> None:
        self.closed += 1
