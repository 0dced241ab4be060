"""Asks a generator the built-in questions, whose answers are known: it must earn the right to speak.

They are about invented documents, in ``resources/qualification``. The passages are given, so that only the generator
counts, not the search; it writes and is checked as in every other answer.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.answering import citing, generation, prompt
from app.answering.accepted import contains
from app.answering.generation import Generator
from app.answering.verification import Verifier
from app.domain.answers import Claim, Passage
from app.domain.documents import Chunk, Span
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "qualification"


@dataclass(frozen=True, slots=True)
class BuiltInQuestion:
    """A question whose answer is known.

    Attributes:
        text: the question.
        passages: those that are shown, the one with the answer first.
        answers: any of these words are right; empty = the passages do not answer it.
        lacks: what an unanswerable question is about, and no passage mentions; empty for the others.
    """

    text: str
    passages: tuple[Passage, ...]
    answers: tuple[str, ...]
    lacks: str = ""


def built_in_questions() -> list[BuiltInQuestion]:
    """Return all questions, those about the same passages together: these are then read once."""
    return [question for file in _files() for question in _questions(file)]


def edition() -> str:
    """Return what changes with the questions, and with what a generator is told: results of two do not compare."""
    digest = sha256()
    for file in _files():
        digest.update(file.read_bytes())
    example = _passage("", 0, "", "Only how it is shown counts.")
    told = [message.content for message in prompt.build("", [example]).messages]
    digest.update("\n".join([*told, citing.grammar(1, generation.MOST_SENTENCES)]).encode())
    return digest.hexdigest()[:16]


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


def _files() -> list[Path]:
    return sorted(_FOLDER.glob("*.toml"))


def _questions(file: Path) -> Iterator[BuiltInQuestion]:
    record = tomllib.loads(file.read_text("utf-8"))
    passages = {
        fields["id"]: _passage(file.stem, ordinal, record["title"], fields["text"].strip())
        for ordinal, fields in enumerate(record["passages"])
    }
    for fields in record["questions"]:
        yield _question(fields, passages)


def _question(fields: dict[str, Any], passages: dict[str, Passage]) -> BuiltInQuestion:
    first = passages[fields["passage"]] if "passage" in fields else None
    others = (passage for passage in passages.values() if passage is not first)
    shown = (first, *others) if first is not None else tuple(others)
    return BuiltInQuestion(fields["text"], shown, tuple(fields.get("answers", ())), fields.get("lacks", ""))


def _passage(document: str, ordinal: int, title: str, text: str) -> Passage:
    """Return a passage of one page whose sentences are the lines of ``text``."""
    sentences, start = [], 0
    for line in text.split("\n"):
        sentences.append((start, start + len(line)))
        start += len(line) + 1
    chunk = Chunk(ordinal, text, (Span(ordinal + 1, 0, len(text)),), tuple(sentences))
    return Passage(ordinal, document, f"{document}.txt", title, chunk, score=1.0, words=1.0, meaning=1.0)
