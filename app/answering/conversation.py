"""Questions that are asked in a conversation: what comes of them is kept, and can be had again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from app.answering.answerer import (
    Answerer,
    AnswerEvent,
    AnswerFinished,
    AskMode,
    ClaimChecked,
    PassagesFound,
    ThoughtWritten,
)
from app.answering.comparison import Difference, differences, same
from app.answering.follow_up import EarlierTurn
from app.answering.generation import SEED
from app.domain.answers import Answer, AnswerMode, Passage
from app.domain.conversations import Conversation, Ending, KeptAnswer, KeptTurn, Origin, Source, kept
from app.domain.errors import Cancelled, LecternError
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken


@dataclass(frozen=True, slots=True)
class TurnKept:
    """A question was kept with what came of it. ``conversation``: the id of the one that it belongs to."""

    conversation: int


@dataclass(frozen=True, slots=True)
class TurnNotKept:
    """A question could not be kept with what came of it. ``fault``: why."""

    fault: LecternError


ConversationEvent = AnswerEvent | TurnKept | TurnNotKept


def ignore(_event: ConversationEvent) -> None:
    """Listen to nothing."""


class Keeper(Protocol):
    """Keeps conversations; see `app.library.conversations.KeptConversations`."""

    def keep(self, conversation: int | None, turn: KeptTurn, sources: Iterable[Source]) -> int:
        """Add a turn, made from these sources, to a conversation or to a new one; return its id."""

    def conversation(self, conversation: int) -> Conversation:
        """Return a conversation with its turns."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A turn, and what its question is answered now.

    Attributes:
        answers: of now.
        same: they show what those of then show.
        differences: what is not as it was then; there may be some although the answers are the same.
    """

    turn: KeptTurn
    answers: tuple[KeptAnswer, ...]
    same: bool
    differences: tuple[Difference, ...]


def earlier_turns(conversation: Conversation) -> tuple[EarlierTurn, ...]:
    """Return the turns of a conversation as a question finds them that follows."""
    return tuple(
        EarlierTurn(
            turn.looked_for or turn.question,
            " ".join(claim.text for answer in turn.answers for claim in answer.claims if claim.supported),
        )
        for turn in conversation.turns
    )


class Conversations:
    """Asks questions and keeps what comes of them. One question at a time; another thread may cancel it.

    Args:
        keeper: keeps the conversations.
        answerer: answers.
        origin: says what answers are made with now: version, library and models.
        documents: says which document (SHA-256) the library has at which path.
    """

    def __init__(
        self,
        keeper: Keeper,
        answerer: Answerer,
        origin: Callable[[], Origin],
        documents: Callable[[], Mapping[str, str]],
    ) -> None:
        self._keeper = keeper
        self._answerer = answerer
        self._origin = origin
        self._documents = documents

    def ask(
        self,
        conversation: int | None,
        question: str,
        mode: AskMode,
        cancel: CancelToken,
        listen: Callable[[ConversationEvent], None] = ignore,
        earlier: Sequence[EarlierTurn] = (),
        scope: Scope = EVERYTHING,
        exactly: bool = False,
    ) -> tuple[Answer, ...]:
        """Answer a question as `Answerer.ask` does, and keep it with its answers, also where these were cut short.

        Args:
            conversation: the id of the one that it belongs to; None = a new one.
            question: in the user's words.
            mode: which answers are wanted.
            cancel: stops it.
            listen: is told what happens, on this thread, when it happens; last `TurnKept` or `TurnNotKept`.
            earlier: what was asked before, oldest first.
            scope: the documents that are to answer.
            exactly: look for the question as it is.

        Raises:
            UsageFault: the question is empty; nothing is kept.
            EnvironmentFault: it cannot be answered.
            Cancelled: stop was asked for.
        """
        notes = _Notes(question, scope)

        def hear(event: AnswerEvent) -> None:
            notes.hear(event)
            listen(event)

        def keep(ending: Ending, fault: str = "") -> None:
            try:
                turn = notes.turn(ending, fault, self._made_with(mode, notes.answers))
                listen(TurnKept(self._keeper.keep(conversation, turn, notes.sources)))
            except LecternError as error:
                # An answer is worth having where it cannot be kept, too.
                listen(TurnNotKept(error))

        try:
            answers = self._answerer.ask(question, mode, cancel, hear, earlier, scope, exactly)
        except Cancelled:
            keep(Ending.STOPPED)
            raise
        except LecternError as error:
            if question.strip():
                keep(Ending.FAILED, str(error))
            raise
        keep(Ending.COMPLETE)
        return answers

    def repeat(self, conversation: int, cancel: CancelToken) -> Iterator[Repetition]:
        """Ask the questions of a conversation again, each for the same kinds of answers. Nothing of it is kept.

        Raises:
            UsageFault: there is no such conversation.
            EnvironmentFault: a question cannot be answered any more.
            Cancelled: stop was asked for.
        """
        documents = self._documents()
        for turn in self._keeper.conversation(conversation).turns:
            mode = AskMode(turn.origin.mode)
            question = turn.looked_for or turn.question
            answers = tuple(map(kept, self._answerer.ask(question, mode, cancel, scope=turn.scope, exactly=True)))
            found = differences(turn, answers, self._made_with(mode, answers), documents)
            yield Repetition(turn, answers, same(turn.answers, answers), tuple(found))

    def warm_up(self, cancel: CancelToken) -> None:
        """Have the model that writes get ready: see `Answerer.warm_up`."""
        self._answerer.warm_up(cancel)

    def _made_with(self, mode: AskMode, answers: Iterable[KeptAnswer]) -> Origin:
        origin = self._origin()
        generated = [answer for answer in answers if answer.mode is AnswerMode.GENERATED]
        written = any(answer.claims or answer.thoughts for answer in generated)
        return replace(
            origin,
            mode=mode,
            ranking=self._answerer.searcher.ranking,
            seed=SEED,
            generator=origin.generator if written else None,
        )


class _Notes:
    """What was heard of a question while it was answered."""

    def __init__(self, question: str, scope: Scope) -> None:
        self._question = question
        self._scope = scope
        self._asked = datetime.now(UTC)
        self._passages: tuple[Passage, ...] = ()
        self._words_only = ""
        self._looked_for = ""
        self._finished: list[KeptAnswer] = []
        self._claims: list[ClaimChecked] = []
        self._thoughts = ""

    def hear(self, event: AnswerEvent) -> None:
        """Take note of what happened."""
        match event:
            case PassagesFound():
                self._passages = event.passages
                self._words_only = str(event.fault or "")
                self._looked_for = event.asked
            case ClaimChecked():
                self._claims.append(event)
            case ThoughtWritten():
                self._thoughts += event.text
            case AnswerFinished():
                self._finished.append(kept(event.answer))
                self._claims, self._thoughts = [], ""

    @property
    def answers(self) -> tuple[KeptAnswer, ...]:
        """The answers, the last one as far as it came."""
        if not self._claims and not self._thoughts:
            return tuple(self._finished)
        mode = self._claims[0].mode if self._claims else AnswerMode.GENERATED
        claims = tuple(checked.claim for checked in self._claims)
        return (*self._finished, KeptAnswer(mode, None, claims, (), self._thoughts.strip()))

    @property
    def sources(self) -> list[Source]:
        """The documents that the answers were made from."""
        return [Source(passage.document, passage.path) for passage in self._passages]

    def turn(self, ending: Ending, fault: str, origin: Origin) -> KeptTurn:
        """Return what is to be kept."""
        return KeptTurn(
            self._question,
            self._asked,
            ending,
            self.answers,
            origin,
            self._words_only,
            fault,
            looked_for=self._looked_for,
            scope=self._scope,
        )
