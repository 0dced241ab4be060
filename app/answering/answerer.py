"""From a question to checked answers, told as they come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter

from app.answering import completing, extractive, follow_up, gate, generation
from app.answering.follow_up import EarlierTurn
from app.answering.generation import Generator
from app.answering.tasks import task_of
from app.answering.verification import Verifier
from app.answering.whole_answer import WholeAnswer, whole_answer
from app.domain.answers import Answer, AnswerMode, AnswerSeconds, AnswerStatus, Claim, Passage
from app.domain.errors import EnvironmentFault, LecternError, UsageFault
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken
from app.retrieval.search import Found, Ranking, Searcher, one_per_page
from app.retrieval.whole_documents import WholeDocuments

EVIDENCE = 12
"""Passages that an answer is made from; those of one page are shown as one."""

CONSIDERED = 30
"""Passages among which these are chosen: the best, but none that says the same as a better one."""


class AskMode(StrEnum):
    """Which answers are wanted."""

    EXTRACTIVE = "extractive"
    GENERATED = "generated"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The search is over, or a reranker begins to read what was found; then another of these follows.

    Attributes:
        passages: the best of each page, best first.
        fault: why they were found by words only; None = they were not.
        asked: what was looked for, where the question alone does not say it; empty = the question itself.
        unranked: why the reranker did not rank them; None = it did, or there is none.
    """

    passages: tuple[Passage, ...]
    fault: EnvironmentFault | None = None
    asked: str = ""
    unranked: LecternError | None = None


@dataclass(frozen=True, slots=True)
class ClaimChecked:
    """A sentence of an answer was checked; what failed is told too."""

    mode: AnswerMode
    claim: Claim


@dataclass(frozen=True, slots=True)
class ThoughtWritten:
    """The model thinks aloud before its answer. ``text``: the next piece of it."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """One of the answers is complete."""

    answer: Answer


AnswerEvent = PassagesFound | ThoughtWritten | ClaimChecked | AnswerFinished


def ignore(_event: AnswerEvent) -> None:
    """Listen to nothing."""


class Answerer:
    """Answers questions from the passages of a library. One question at a time; another thread may cancel it.

    Attributes:
        searcher: finds the passages.
    """

    def __init__(
        self, searcher: Searcher, generator: Generator | None, qualified: Callable[[], bool] = lambda: False
    ) -> None:
        """Answer from what ``searcher`` finds.

        Args:
            searcher: finds the passages.
            generator: writes; None = answers are in the documents' own words only.
            qualified: tells whether the generator may complete a question, too.
        """
        self.searcher = searcher
        self._generator = generator
        self._qualified = qualified

    def ask(
        self,
        question: str,
        mode: AskMode,
        cancel: CancelToken,
        listen: Callable[[AnswerEvent], None] = ignore,
        earlier: Sequence[EarlierTurn] = (),
        scope: Scope = EVERYTHING,
        exactly: bool = False,
    ) -> tuple[Answer, ...]:
        """Answer a question.

        Args:
            question: in the user's words.
            mode: `AskMode.BOTH` gives the extractive answer first, and only that where there is no generator. What
                differs between two documents, and all places of a word, are never told by a model.
            cancel: stops it within a fifth of a second, also while the model reads.
            listen: is told what happens, on this thread, when it happens.
            earlier: what was asked before, oldest first; what the question leaves out is taken from there.
            scope: the documents that are to answer.
            exactly: look for the question as it is, with nothing put in, and no word taken for mistyped.

        Raises:
            UsageFault: the question is empty, the scope names what is not here or holds no document, or it is not
                clear which documents a question about whole ones means.
            EnvironmentFault: a generated answer was asked for and there is no generator, or it cannot be used.
            Cancelled: stop was asked for.
        """
        if not question.strip():
            raise UsageFault("The question is empty.", "Type what you want to know.")
        generator = self._generator if mode is not AskMode.EXTRACTIVE else None
        if mode is AskMode.GENERATED and generator is None:
            raise EnvironmentFault(
                "There is no model that could write an answer.",
                "Ask for quotes from the documents instead; python3 packaging/dev.py run says what is missing.",
            )
        cancel.check()
        inquiry = _Inquiry(self.searcher, question, () if exactly else earlier, scope, exactly, cancel, listen)
        inquiry.search(lambda: generator if self._qualified() else None)
        answers = []
        if mode is not AskMode.GENERATED or not inquiry.told:
            answers.append(inquiry.extract())
        if generator is not None and inquiry.told:
            answers.append(inquiry.generate(generator))
        return tuple(answers)

    def warm_up(self, cancel: CancelToken) -> None:
        """Have the model that writes get ready while a question is being typed; nothing where there is none.

        Raises:
            EnvironmentFault: it cannot be used.
            Cancelled: stop was asked for.
        """
        if self._generator is not None:
            generation.warm_up(self._generator, cancel)

    def ranked_by(self, ranking: Ranking) -> "Answerer":
        """Return one that ranks passages by other things; both have the same generator."""
        return Answerer(self.searcher.ranked_by(ranking), self._generator, self._qualified)

    def close(self) -> None:
        """End the generator's process."""
        if self._generator is not None:
            self._generator.close()


class _Inquiry:
    """One question on its way to its answers."""

    def __init__(
        self,
        searcher: Searcher,
        question: str,
        earlier: Sequence[EarlierTurn],
        scope: Scope,
        exactly: bool,
        cancel: CancelToken,
        listen: Callable[[AnswerEvent], None],
    ) -> None:
        self._searcher = searcher
        self._question = question
        self._earlier = earlier
        self._scope = scope
        self._exactly = exactly
        self._cancel = cancel
        self._listen = listen
        self._began = perf_counter()
        self._whole: WholeAnswer | None = None
        self._found = Found(question, ())
        self._shown: tuple[Passage, ...] = ()
        self._relevant = False
        self._searched = 0.0

    @property
    def told(self) -> bool:
        """Whether a model may answer it in its own words."""
        return self._whole is None or self._whole.told

    def search(self, completer: Callable[[], Generator | None]) -> None:
        """Find the passages that every answer is made from.

        Args:
            completer: tells what completes a question where the rule is not sure; None = the rule alone does.
        """
        alone = follow_up.completed(self._question, self._earlier)
        # A question about whole documents takes nothing from those before, unless only they make it one.
        ways = dict.fromkeys((self._question, alone.question))
        asked = next((asked for asked in ways if self._reads_whole(asked)), alone.question)
        if self._whole:
            self._relevant = bool(self._whole.claims)
            self._found = Found(asked, self._whole.passages, asked=asked)
        else:
            found = self._find(asked)
            model = None if alone.sure else completer()
            if model is not None:
                self._show_so_far(found)
                if written := completing.completed_by(model, self._question, self._earlier, self._cancel):
                    found = self._find(written)
            self._relevant = gate.relevant(found)
            self._found = self._searcher.selected(found, EVIDENCE)
        self._shown = tuple(one_per_page(self._found.passages))
        self._searched = self._elapsed()
        self._cancel.check()
        asked = self._looked_for(self._found)
        self._listen(PassagesFound(self._shown, self._found.fault, asked, self._found.unranked))

    def _find(self, asked: str) -> Found:
        find = self._searcher.find
        return find(asked, CONSIDERED, self._cancel, self._show_so_far, self._scope, self._exactly)

    def _looked_for(self, found: Found) -> str:
        """Return what was looked for; empty = the question itself."""
        return found.asked if found.asked != self._question else ""

    def _reads_whole(self, asked: str) -> bool:
        """Answer from whole documents, where a question is about them; return whether it is."""
        if task := task_of(asked):
            self._whole = whole_answer(task, WholeDocuments(self._searcher.library), self._scope, self._cancel)
        return self._whole is not None

    def extract(self) -> Answer:
        """Answer in the documents' own words."""
        claims: list[Claim] = []
        if self._whole:
            claims = list(self._whole.claims)
        elif self._relevant:
            claims = extractive.answer(self._found, self._searcher.day_of)
        first = self._elapsed()
        for claim in claims:
            self._tell(ClaimChecked(AnswerMode.EXTRACTIVE, claim))
        return self._finish(AnswerMode.EXTRACTIVE, claims, first)

    def generate(self, generator: Generator) -> Answer:
        """Answer in the words of a model, each sentence checked before it is told."""
        claims: list[Claim] = []
        thoughts: list[str] = []
        first = 0.0

        def think(text: str) -> None:
            thoughts.append(text)
            self._tell(ThoughtWritten(text))

        if self._relevant:
            passages = self._found.passages if self._whole else self._searcher.widened(self._found).passages
            verifier = Verifier(passages)
            for statement in generation.write(generator, self._found.question, passages, self._cancel, think):
                claims.append(verifier.check(statement.text, statement.named))
                first = first or self._elapsed()
                self._tell(ClaimChecked(AnswerMode.GENERATED, claims[-1]))
        return self._finish(AnswerMode.GENERATED, claims, first or self._elapsed(), "".join(thoughts).strip())

    def _show_so_far(self, found: Found) -> None:
        self._tell(PassagesFound(tuple(one_per_page(found.passages[:EVIDENCE])), asked=self._looked_for(found)))

    def _tell(self, event: AnswerEvent) -> None:
        self._cancel.check()
        self._listen(event)

    def _finish(self, mode: AnswerMode, claims: list[Claim], first: float, thoughts: str = "") -> Answer:
        self._cancel.check()
        answered = any(claim.supported for claim in claims)
        status = AnswerStatus.ANSWERED if answered else AnswerStatus.NOT_FOUND
        seconds = AnswerSeconds(self._searched, first, self._elapsed())
        searched = None if answered else self._searcher.searched(self._scope)
        asked = self._looked_for(self._found)
        answer = Answer(self._question, status, mode, tuple(claims), self._shown, seconds, thoughts, asked, searched)
        self._listen(AnswerFinished(answer))
        return answer

    def _elapsed(self) -> float:
        return perf_counter() - self._began
