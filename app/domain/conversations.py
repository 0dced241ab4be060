"""Conversations as they are kept: what was asked, what the answer was, and what it was made with."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.answers import Answer, AnswerMode, AnswerStatus, Citation, Claim
from app.domain.fit import Settings
from app.domain.scope import EVERYTHING, Scope

LONGEST_NAME = 80
"""Characters of a question that a conversation gets its name from."""


class Ending(StrEnum):
    """How a turn ended: its answers are complete, were stopped, or could not be made."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model that had part in an answer.

    Attributes:
        id: by which it is named in commands; of an embedder, what tells its vectors from all others.
        name: for people.
        hashes: SHA-256 of its files, hexadecimal; none where a server holds them.
        settings: how it was loaded, where that can make a difference and is known.
    """

    id: str
    name: str
    hashes: tuple[str, ...] = ()
    settings: Settings | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What answers were made with; the same gives the same answers.

    Attributes:
        version: of Lectern.
        mode: which answers were wanted.
        ranking: what passages were ranked by.
        seed: of the choice among likely tokens.
        library: tells the documents of the library, and how far each had come, from all others.
        embedder: found by meaning; None = words alone found.
        generator: wrote; None = none did.
    """

    version: str = ""
    mode: str = ""
    ranking: str = ""
    seed: int = 0
    library: str = ""
    embedder: UsedModel | None = None
    generator: UsedModel | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A document (SHA-256) that answers were made from, and the path at which it was found then."""

    document: str
    path: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was shown.

    Attributes:
        status: None where it was stopped, or failed, before its end.
        claims: the withheld ones too.
        nearest: the passages that were shown because no answer was found.
        thoughts: what a model thought aloud before; checked by nothing.
    """

    mode: AnswerMode
    status: AnswerStatus | None
    claims: tuple[Claim, ...] = ()
    nearest: tuple[Citation, ...] = ()
    thoughts: str = ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All places that it shows."""
        return (*(citation for claim in self.claims for citation in claim.citations), *self.nearest)

    def without(self, documents: Set[str]) -> "KeptAnswer":
        """Return what is left of it when nothing of these ``documents`` (SHA-256) may stay.

        What a model wrote and nothing supports goes too: it may repeat what stood in them.
        """
        own = self.mode is AnswerMode.EXTRACTIVE
        claims = [claim for claim in self.claims if claim.supported or own]
        left = [claim for claim in claims if not any(place.document in documents for place in claim.citations)]
        nearest = tuple(place for place in self.nearest if place.document not in documents)
        return replace(self, claims=tuple(left), nearest=nearest, thoughts="")


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question and what came of it.

    Attributes:
        asked: when, in UTC.
        answers: in the order in which they were shown.
        words_only: why it was looked for by words only; empty = it was not.
        fault: why it failed; empty = it did not.
        erased: a document that it was made from was erased for good, and with it all that was shown of it.
        looked_for: the question as it was completed from the turns before; empty = it stands alone.
        scope: the documents that were to answer.
    """

    question: str
    asked: datetime
    ending: Ending
    answers: tuple[KeptAnswer, ...]
    origin: Origin
    words_only: str = ""
    fault: str = ""
    erased: bool = False
    looked_for: str = ""
    scope: Scope = EVERYTHING

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All places that it shows."""
        return tuple(citation for answer in self.answers for citation in answer.citations)

    def without(self, documents: Set[str]) -> "KeptTurn":
        """Return what is left of it when these ``documents`` (SHA-256), which it was made from, are erased for good.

        A question that was completed may repeat what stood in them.
        """
        answers = tuple(answer.without(documents) for answer in self.answers)
        scope = replace(self.scope, folders=(), documents=())
        return replace(self, answers=answers, erased=True, looked_for="", scope=scope)


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    """A conversation as it is listed.

    Attributes:
        began, last: when its first and its last question were asked, in UTC.
        turns: how many questions it has.
    """

    id: int
    name: str
    began: datetime
    last: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, in the order in which they were asked."""

    id: int
    name: str
    began: datetime
    turns: tuple[KeptTurn, ...]


def kept(answer: Answer) -> KeptAnswer:
    """Return what is kept of a complete answer."""
    return KeptAnswer(answer.mode, answer.status, answer.claims, answer.nearest, answer.thoughts)


def name_for(question: str) -> str:
    """Return the name of a conversation that begins with a question."""
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME].rsplit(' ', 1)[0]}…"
