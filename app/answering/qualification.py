"""Asks a generator the built-in questions, whose answers are known: it must earn the right to speak.

The passages are given, so that only the generator counts, not the search; it writes and is checked as in every other
answer.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from app.answering import citing, generation, prompt
from app.answering.accepted import contains
from app.answering.generation import Generator
from app.answering.verification import Verifier
from app.domain.answers import Claim
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.built_in import BuiltInQuestion, built_in_questions, digest


def edition() -> str:
    """Return what changes with the questions, and with what a generator is told: results of two do not compare."""
    shown = prompt.build("", built_in_questions()[0].passages)
    told = [message.content for message in shown.messages]
    parts = [digest(), *told, citing.grammar(1, generation.MOST_SENTENCES)]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


class Qualifier:
    """Asks questions one after the other; stopped, it goes on where it stood.

    Attributes:
        result: of the questions that were asked.
    """

    def __init__(self, questions: Sequence[BuiltInQuestion]) -> None:
        self.result = Qualification()
        self._questions = questions
        self._asked = 0

    def run(self, generator: Generator, progress: ProgressSlot, cancel: CancelToken) -> Iterator[None]:
        """Ask the questions that are left; stand still after each.

        Args:
            generator: the same each time.
            progress: is told how many were asked.
            cancel: stops it; the question that is being asked is asked again the next time.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: the model cannot be used.
        """
        while self._asked < len(self._questions):
            progress.report("Asking questions with known answers", self._asked, len(self._questions), "questions")
            question = self._questions[self._asked]
            self.result += scored(question, _answer(generator, question, cancel))
            self._asked += 1
            yield


def scored(question: BuiltInQuestion, claims: Sequence[Claim]) -> Qualification:
    """Score what a generator wrote for one question."""
    supported = [claim for claim in claims if claim.supported]
    unsupported = len(claims) - len(supported)
    if not question.answers:
        return Qualification(unanswerable=1, silent=not supported, written=len(claims), invented=len(claims))
    quotes = [citation.quote for claim in supported for citation in claim.citations]
    return Qualification(
        answerable=1,
        right=contains(" ".join(claim.text for claim in supported), question.answers),
        answered=bool(supported),
        cited=any(contains(quote, question.answers) for quote in quotes),
        written=len(claims),
        invented=unsupported,
    )


def _answer(generator: Generator, question: BuiltInQuestion, cancel: CancelToken) -> list[Claim]:
    verifier = Verifier(question.passages)
    written = generation.write(generator, question.text, question.passages, cancel, _ignore)
    return [verifier.check(statement.text, statement.named) for statement in written]


def _ignore(_thought: str) -> None:
    """What is thought aloud does not count."""
