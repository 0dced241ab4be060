"""One question with what is known of its answer, as it is shown."""

from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import groupby

from app.domain.answers import Answer, AnswerMode, AnswerStatus, Citation, Claim, Polarity, Side, quotes
from app.domain.conversations import Ending, KeptAnswer, KeptTurn
from app.domain.documents import part_word
from app.domain.errors import LecternError
from app.domain.scope import EVERYTHING, Scope, Searched
from app.ui.wording import day_words, isolated, name_of

DISAGREEING = "Your documents do not agree."
"""Stands above quotes that contradict each other."""


class Phase(Enum):
    """How far an answer has come."""

    WAITING = auto()
    SEARCHING = auto()
    WRITING = auto()
    DONE = auto()
    STOPPED = auto()
    FAILED = auto()


_PHASES = {Ending.COMPLETE: Phase.DONE, Ending.STOPPED: Phase.STOPPED, Ending.FAILED: Phase.FAILED}


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation with the number it is shown under."""

    number: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A sentence of an answer with its marks.

    Attributes:
        fault: why it was withheld, if it was.
        answering: the characters of it that answer the question, each part as first and one after the last.
        polarity: what it says to a question that asks for yes or no, where that is certain.
        side: what its document says where the documents do not agree.
        reckoned: the program reckoned it; it is no quote.
        heading: what stands above it and those after it that have the same; empty = nothing.
    """

    text: str
    marks: tuple[Mark, ...]
    fault: str = ""
    answering: tuple[tuple[int, int], ...] = ()
    polarity: Polarity | None = None
    side: Side | None = None
    reckoned: bool = False
    heading: str = ""

    @property
    def said(self) -> str:
        """The text, in quotation marks where it is a quote; what two documents say has its own."""
        return self.text if self.reckoned else "\n".join(f"“{quote}”" for quote in self._quotes)

    @property
    def bold(self) -> list[tuple[int, int]]:
        """The characters of a quote, as it is `said`, that answer the question."""
        between = 2 if len(self._quotes) > 1 else 0
        moved = [(1 + between * self.text.count("\n", 0, start), start, end) for start, end in self.answering]
        return [(start + signs, end + signs) for signs, start, end in moved]

    @property
    def _quotes(self) -> list[str]:
        return quotes(self.text, (mark.citation for mark in self.marks))


@dataclass(slots=True)
class Turn:
    """A question, and its answer as far as it is known. Grows at the ends of its lists only.

    Attributes:
        as_typed: nothing was to be taken from the turns before, and no word for mistyped.
        asked: what was looked for, where it was a follow-up or mistyped; empty = the question itself.
        quotes: verified quotes from the documents.
        claims: sentences that a model wrote and that passed every check.
        withheld: sentences that a model wrote and that failed one.
        thoughts: what a model thought aloud before it wrote; checked by nothing.
        nearest: passages to look at where no answer was found.
        searched: what was looked through where no answer was found.
        no_documents: the library was empty when it was asked.
        words_only: why it was looked for by words only; empty = it was not.
        model_leads: what the model writes comes before the quotes: it is qualified.
        erased: a document that it was made from was erased for good, and with it what was shown of it.
        scope: the documents that were to answer.
        unranked: why the reranker did not rank what was found; empty = it did, or there is none.
        model_found: whether the model found an answer; None while it was not asked or has not finished.
    """

    question: str
    phase: Phase = Phase.SEARCHING
    as_typed: bool = False
    asked: str = ""
    quotes: list[ShownClaim] = field(default_factory=list)
    claims: list[ShownClaim] = field(default_factory=list)
    withheld: list[ShownClaim] = field(default_factory=list)
    thoughts: str = ""
    nearest: list[Mark] = field(default_factory=list)
    not_found: bool = False
    searched: Searched | None = None
    no_documents: bool = False
    words_only: str = ""
    model_leads: bool = False
    erased: bool = False
    scope: Scope = EVERYTHING
    unranked: str = ""
    model_found: bool | None = None
    error: LecternError | None = None
    _numbers: dict[tuple[str, int, int, int], int] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.phase in (Phase.WAITING, Phase.SEARCHING, Phase.WRITING)

    @property
    def answered(self) -> bool:
        """Whether there is something to copy."""
        return bool(self.quotes or self.claims)

    @property
    def said(self) -> str:
        """The sentences that are shown as supported."""
        return " ".join(shown.text for shown in (*self.quotes, *self.claims))

    @property
    def disagreeing(self) -> bool:
        """Whether the documents do not agree."""
        return any(quote.side for quote in self.quotes)

    def take_claim(self, mode: AnswerMode, claim: Claim) -> None:
        """Add a checked claim where it belongs."""
        if mode is AnswerMode.EXTRACTIVE:
            if claim.supported:
                self.quotes.append(self._shown(claim))
        elif claim.supported:
            self.claims.append(self._shown(claim))
        else:
            self.withheld.append(ShownClaim(claim.text, (), claim.fault))

    def take_thought(self, text: str) -> None:
        """Add the next piece of what the model thinks aloud."""
        self.thoughts = (self.thoughts + text).lstrip()

    def take_answer(self, answer: Answer | KeptAnswer) -> None:
        """Note how one of the two answers ended."""
        found = answer.status is AnswerStatus.ANSWERED
        if answer.mode is AnswerMode.GENERATED:
            self.model_found = found
            return
        self.not_found = not found
        if self.not_found:
            # Of an answer that was kept it is not known any more.
            self.searched = answer.searched if isinstance(answer, Answer) else None
        self.nearest = [self._mark(citation) for citation in answer.nearest]

    def _shown(self, claim: Claim) -> ShownClaim:
        marks = tuple(dict.fromkeys(self._mark(citation) for citation in claim.citations))
        return ShownClaim(
            claim.text, marks, "", claim.marked, claim.polarity, claim.side, claim.reckoned, claim.heading
        )

    def _mark(self, citation: Citation) -> Mark:
        place = (citation.document, citation.page, citation.start, citation.end)
        return Mark(self._numbers.setdefault(place, len(self._numbers) + 1), citation)


def shown_again(kept: KeptTurn) -> Turn:
    """Return a turn that was kept as it was shown."""
    turn = Turn(kept.question, _PHASES[kept.ending], words_only=kept.words_only, erased=kept.erased)
    turn.asked, turn.scope = kept.looked_for, kept.scope
    for answer in kept.answers:
        turn.take_thought(answer.thoughts)
        for claim in answer.claims:
            turn.take_claim(answer.mode, claim)
        if answer.status is not None:
            turn.take_answer(answer)
    if kept.fault:
        turn.error = LecternError(kept.fault)
    return turn


def place_words(citation: Citation) -> str:
    """Say where a citation points: the file's name and the page."""
    return f"{isolated(name_of(citation.path))}, {part_word(citation.path)} {citation.page}"


def looked_for(turn: Turn) -> str:
    """Say what was looked for, where that is not the question as it was typed."""
    return f"Looked for: {turn.asked}" if turn.asked else ""


def as_text(turn: Turn) -> str:
    """Return the answer with its citations as plain text, for the clipboard."""
    marks: dict[int, Citation] = {}
    asked_of = f"Asked only of documents {turn.scope.text}" if turn.scope.text else ""
    lines = [*filter(None, (turn.question, looked_for(turn), asked_of)), ""]
    if turn.disagreeing:
        lines.append(DISAGREEING)
    for heading, quotes_below in groupby(turn.quotes, lambda shown: shown.heading):
        lines += [f"{heading}:"] if heading else []
        for shown in quotes_below:
            polarity = f"{shown.polarity.capitalize()}: " if shown.polarity else ""
            dated = f" ({words})" if (words := dated_words(shown)) else ""
            lines.append(f"{polarity}{shown.said}{_numbers(shown, marks)}{dated}")
    if turn.claims:
        lines += ["", "Written by a model, checked against the documents:"]
        lines += [f"{shown.text}{_numbers(shown, marks)}" for shown in turn.claims]
    lines.append("")
    lines += [f"[{number}] {place_words(marks[number])} ({marks[number].path})" for number in sorted(marks)]
    return "\n".join(lines)


def dated_words(shown: ShownClaim) -> str:
    """Say of when the document is, where the documents do not agree."""
    return f"From a document of {day_words(shown.side.day)}" if shown.side and shown.side.day else ""


def _numbers(shown: ShownClaim, marks: dict[int, Citation]) -> str:
    marks.update({mark.number: mark.citation for mark in shown.marks})
    return "".join(f" [{mark.number}]" for mark in shown.marks)
