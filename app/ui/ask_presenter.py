"""What the conversation does, without Qt."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from app.domain.answers import Answer
from app.domain.errors import LecternError
from app.jobs.cancel import CancelToken
from app.ui.turn import Phase, Turn
from app.ui.work import JobRunner, LaneName

if TYPE_CHECKING:
    from app.answering.answerer import AnswerEvent, AskMode
    from app.answering.follow_up import EarlierTurn

EVENTS_AT_ONCE = 20
"""Events shown in one go, so that a burst cannot hold the window up."""


class Asked(Protocol):
    """What answers; see `app.answering.answerer.Answerer`."""

    def ask(
        self,
        question: str,
        mode: "AskMode",
        cancel: CancelToken,
        listen: "Callable[[AnswerEvent], None]",
        earlier: "Sequence[EarlierTurn]",
    ) -> tuple[Answer, ...]:
        """Answer, and tell of every step as it is made."""
        ...

    def warm_up(self, cancel: CancelToken) -> None:
        """Have the model that writes get ready."""
        ...


class ConversationScreen(Protocol):
    """What the presenter shows things on."""

    def show_turn(self, turn: Turn) -> None:
        """Show a new turn, or bring the shown one up to date."""


class AskPresenter:
    """Asks one question at a time and keeps the turns. One thread, the window's, but for `_hear`.

    Attributes:
        model_leads: what the model writes comes before the quotes, from the next question on.
    """

    def __init__(self, jobs: JobRunner, screen: ConversationScreen, asking: Callable[[bool], None]) -> None:
        """``asking`` is called when a question begins and ends, to have `drain` called while it runs."""
        self.turns: list[Turn] = []
        self.model_leads = False
        self._jobs = jobs
        self._screen = screen
        self._asking = asking
        self._answerer: Asked | None = None
        self._cancel = CancelToken()
        self._warming = CancelToken()
        self._warm = False
        self._events: SimpleQueue[AnswerEvent] = SimpleQueue()

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

        ``as_typed``: take nothing from the turns before, whatever it looks like.
        """
        question = question.strip()
        if not question or self.busy:
            return False
        turn = Turn(question, Phase.WAITING, as_typed, model_leads=self.model_leads)
        self.turns.append(turn)
        self._asking(True)
        self._screen.show_turn(turn)
        if self._answerer is not None:
            self._begin(turn, self._answerer)
        return True

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
        events: SimpleQueue[AnswerEvent] = SimpleQueue()
        self._events = events
        turn.phase = Phase.SEARCHING
        earlier = () if turn.as_typed else self._earlier()
        self._jobs.run(
            LaneName.MODEL,
            lambda: answerer.ask(turn.question, AskMode.BOTH, cancel, events.put, earlier),
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
            elif isinstance(event, ClaimChecked):
                turn.take_claim(event.mode, event.claim)
            elif isinstance(event, ThoughtWritten):
                turn.take_thought(event.text)
            elif isinstance(event, AnswerFinished):
                turn.take_answer(event.answer)
                turn.phase = Phase.WRITING
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


def _ignore(_what: object) -> None:
    """Leave it at that."""
