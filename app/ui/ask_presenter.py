"""What the conversation does, without Qt."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from app.domain.answers import Answer
from app.domain.conversations import Conversation
from app.domain.errors import LecternError
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken
from app.ui.turn import Phase, Turn, shown_again
from app.ui.work import JobRunner, LaneName, nothing

if TYPE_CHECKING:
    from app.answering.answerer import AskMode
    from app.answering.conversation import ConversationEvent
    from app.answering.follow_up import EarlierTurn

EVENTS_AT_ONCE = 20
"""Events shown in one go, so that a burst cannot hold the window up."""


class Asked(Protocol):
    """What answers and keeps; see `app.answering.conversation.Conversations`."""

    def ask(
        self,
        conversation: int | None,
        question: str,
        mode: "AskMode",
        cancel: CancelToken,
        listen: "Callable[[ConversationEvent], None]",
        earlier: "Sequence[EarlierTurn]",
        scope: Scope,
        exactly: bool,
    ) -> tuple[Answer, ...]:
        """Answer from the documents in scope, and tell of every step as it is made."""
        ...

    def warm_up(self, cancel: CancelToken) -> None:
        """Have the model that writes get ready."""
        ...


class ConversationScreen(Protocol):
    """What the presenter shows things on."""

    def show_turn(self, turn: Turn) -> None:
        """Show a new turn, or bring the shown one up to date."""

    def show_conversation(self, turns: Sequence[Turn]) -> None:
        """Show these turns in the place of those that are shown."""

    def show_kept(self) -> None:
        """Tell that a turn was kept."""

    def show_not_kept(self, fault: LecternError) -> None:
        """Say that a turn could not be kept, and why."""

    def show_scope(self, scope: Scope) -> None:
        """Say which documents are searched for the next question."""


class AskPresenter:
    """Asks one question at a time, in one conversation. One thread, the window's.

    Attributes:
        conversation: the id of the one that is shown; None = a new one, of which nothing is kept yet.
        turns: of the conversation, the newest last.
        model_leads: what the model writes comes before the quotes, from the next question on.
        scope: the documents that are searched for the next question.
    """

    def __init__(self, jobs: JobRunner, screen: ConversationScreen, asking: Callable[[bool], None]) -> None:
        """``asking`` is called when a question begins and ends, to have `drain` called while it runs."""
        self.conversation: int | None = None
        self.turns: list[Turn] = []
        self.model_leads = False
        self._then: Callable[[], None] = nothing
        self.scope = EVERYTHING
        self._jobs = jobs
        self._screen = screen
        self._asking = asking
        self._answerer: Asked | None = None
        self._cancel = CancelToken()
        self._warming = CancelToken()
        self._warm = False
        self._events: SimpleQueue[ConversationEvent] = SimpleQueue()

    @property
    def busy(self) -> bool:
        """Whether a question is being answered."""
        return bool(self.turns) and self.turns[-1].running

    def open(self, answerer: Asked) -> None:
        """Begin with an answerer; a question that was asked before is asked now."""
        self._answerer = answerer
        if self.busy:
            self._begin(self.turns[-1], answerer)

    def fail(self, error: LecternError) -> None:
        """Say that there will be no answerer."""
        if self.busy:
            self._failed(self.turns[-1], error)

    def warm_up(self) -> None:
        """Have the model get ready while the first question is typed. If it cannot, the question will say so."""
        answerer = self._answerer
        if answerer is not None and not self._warm:
            self._warm = True
            # Not on the lane of the model, where the question would wait for it.
            self._jobs.run(LaneName.PROBE, lambda: answerer.warm_up(self._warming), _ignore, _ignore)

    def ask(self, question: str, as_typed: bool = False) -> bool:
        """Ask a question. Returns whether it was taken: not when it is empty or while another is being answered.

        ``as_typed``: take nothing from the turns before, whatever it looks like, and no word for mistyped.
        """
        question = question.strip()
        if not question or self.busy:
            return False
        turn = Turn(question, Phase.WAITING, as_typed, model_leads=self.model_leads, scope=self.scope)
        self.turns.append(turn)
        self._asking(True)
        self._screen.show_turn(turn)
        if self._answerer is not None:
            self._begin(turn, self._answerer)
        return True

    def begin(self, conversation: Conversation | None = None) -> None:
        """Go on with a conversation that was kept, or begin a new one; what is being answered is stopped before."""
        if self.busy:
            self._then = lambda: self.begin(conversation)
            self.stop()
            return
        self.conversation = conversation.id if conversation else None
        self.turns = [shown_again(turn) for turn in conversation.turns] if conversation else []
        self._screen.show_conversation(self.turns)

    def choose(self, scope: Scope) -> None:
        """Search these documents from the next question on."""
        self.scope = scope
        self._screen.show_scope(scope)

    def stop(self) -> None:
        """End the answer that is being made, and the warming up; what is shown stays."""
        self._warming.cancel()
        if self.busy:
            self._cancel.cancel()
            if self._answerer is None:
                self._end(self.turns[-1], Phase.STOPPED)

    def drain(self) -> None:
        """Show what was heard since the last time. Called by a timer while a question runs."""
        self._show_heard(EVENTS_AT_ONCE)

    def _begin(self, turn: Turn, answerer: Asked) -> None:
        from app.answering.answerer import AskMode

        cancel = self._cancel = CancelToken()
        events: SimpleQueue[ConversationEvent] = SimpleQueue()
        self._events = events
        turn.phase = Phase.SEARCHING
        conversation, earlier = self.conversation, self._earlier()
        told = (cancel, events.put, earlier, turn.scope, turn.as_typed)
        self._jobs.run(
            LaneName.MODEL,
            lambda: answerer.ask(conversation, turn.question, AskMode.BOTH, *told),
            lambda answers: self._answered(turn, answers),
            lambda error: self._failed(turn, error),
            lambda: self._end(turn, Phase.STOPPED),
        )

    def _earlier(self) -> "tuple[EarlierTurn, ...]":
        """Return the turns before the last."""
        from app.answering.follow_up import EarlierTurn

        return tuple(EarlierTurn(turn.asked or turn.question, turn.said) for turn in self.turns[:-1])

    def _show_heard(self, at_most: int | None = None) -> None:
        from app.answering.answerer import AnswerFinished, ClaimChecked, PassagesFound, ThoughtWritten
        from app.answering.conversation import TurnKept, TurnNotKept

        turn = self.turns[-1]
        heard = 0
        while at_most is None or heard < at_most:
            try:
                event = self._events.get_nowait()
            except Empty:
                break
            heard += 1
            if isinstance(event, PassagesFound):
                turn.asked = event.asked
                turn.words_only = str(event.fault or "")
                turn.unranked = str(event.unranked or "")
            elif isinstance(event, ClaimChecked):
                turn.take_claim(event.mode, event.claim)
            elif isinstance(event, ThoughtWritten):
                turn.take_thought(event.text)
            elif isinstance(event, AnswerFinished):
                turn.take_answer(event.answer)
                turn.phase = Phase.WRITING
            elif isinstance(event, TurnKept):
                self.conversation = event.conversation
                self._screen.show_kept()
            elif isinstance(event, TurnNotKept):
                self._screen.show_not_kept(event.fault)
        if heard:
            self._screen.show_turn(turn)

    def _answered(self, turn: Turn, _answers: tuple[Answer, ...]) -> None:
        self._end(turn, Phase.DONE)

    def _failed(self, turn: Turn, error: LecternError) -> None:
        turn.error = error
        self._end(turn, Phase.FAILED)

    def _end(self, turn: Turn, phase: Phase) -> None:
        if self._answerer is not None:
            self._show_heard()
        turn.phase = phase
        self._asking(False)
        self._screen.show_turn(turn)
        then, self._then = self._then, nothing
        then()


def _ignore(_what: object) -> None:
    """Leave it at that."""
