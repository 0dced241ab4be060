"""Passages found for a question, and answers made of checked claims."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.documents import StoredChunk
from app.domain.scope import Searched

NEAREST = 3
"""Passages that are shown when no answer was found."""


@dataclass(frozen=True, slots=True)
class Passage(StoredChunk):
    """A chunk as found for a question.

    Attributes:
        score: the fused score; higher is better, comparable within one search only. A reranker moves it within the
            bounds that the scores of the search have without it: its own scores do not show here.
        words: BM25 as a share of the best hit's, 0 to 1.
        meaning: cosine similarity to the question, on the scale of the starter embedder (`app.library.scale`), so
            about -1 to 1; 0 where no vector exists yet.
        met: how well its words meet those of the question, on that scale; 0 where that is not known.
        sentences: the same of each sentence of the chunk; empty where that is not known.
        pairs: the same of each sentence together with the one before it; empty where that is not known.
    """

    score: float
    words: float
    meaning: float
    met: float = 0.0
    sentences: tuple[float, ...] = ()
    pairs: tuple[float, ...] = ()

    @property
    def page(self) -> int:
        """The page the passage begins on, 1-based."""
        return self.chunk.spans[0].page

    @property
    def beginning(self) -> "Citation":
        """The place of its beginning: the whole of it that stands on its first page."""
        span = self.chunk.spans[0]
        quote = self.chunk.text[: span.end - span.start]
        return Citation(self.document, self.path, self.title, span.page, span.start, span.end, quote)


@dataclass(frozen=True, slots=True)
class Citation:
    """A place that supports a claim. ``quote`` is the page's text from ``start`` to ``end``, copied by the program."""

    document: str
    path: str
    title: str
    page: int
    start: int
    end: int
    quote: str


class Polarity(StrEnum):
    """What a sentence says to a question that asks for yes or no."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Side:
    """What one document says where another says something else.

    Attributes:
        value: the words in which they differ.
        day: on which the document was made, as it says itself, or else its file changed last; None = not known.
    """

    value: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, or what belongs together: a sentence with the one that it refers to, a list, a row.

    Attributes:
        text: of a list or a row of a table, a line for each part.
        supported: every check passed against the cited text.
        fault: why it is not supported, in words; empty otherwise.
        marked: the characters of ``text`` that answer the question, each part as first and one after the last; empty
            where that is not sure.
        polarity: what it says to a question that asks for yes or no; None where that is not certain.
        side: what its document says where the documents do not agree; None where they do.
        reckoned: the program reckoned it from amounts in the cited text; it is no quote.
        heading: what the program says above it and those after it that have the same; empty = nothing.
    """

    text: str
    supported: bool
    citations: tuple[Citation, ...]
    fault: str = ""
    marked: tuple[tuple[int, int], ...] = ()
    polarity: Polarity | None = None
    side: Side | None = None
    reckoned: bool = False
    heading: str = ""


def quotes(text: str, citations: Iterable[Citation]) -> list[str]:
    """Return what stands in quotation marks of a claim that is a quote: all of it, or a line a document."""
    documents = {citation.document for citation in citations}
    return text.split("\n") if len(documents) > 1 else [text]


class AnswerStatus(StrEnum):
    """Whether the documents hold an answer."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"


class AnswerMode(StrEnum):
    """Who wrote the sentences: the documents themselves, or a model."""

    EXTRACTIVE = "extractive"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class AnswerSeconds:
    """Wall-clock seconds: finding the passages, until the first words, and in all."""

    search: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer.

    Attributes:
        claims: the withheld ones too, with ``supported`` False.
        thoughts: what a model thought aloud before; no part of the answer, and checked by nothing.
        asked: what was looked for, where the question alone does not say it; empty = the question itself.
        searched: what was looked through, where no answer was found.
    """

    question: str
    status: AnswerStatus
    mode: AnswerMode
    claims: tuple[Claim, ...]
    passages: tuple[Passage, ...]
    seconds: AnswerSeconds = AnswerSeconds()
    thoughts: str = ""
    asked: str = ""
    searched: Searched | None = None

    @property
    def text(self) -> str:
        """The supported claims as running text."""
        return " ".join(claim.text for claim in self.claims if claim.supported)

    @property
    def nearest(self) -> tuple[Citation, ...]:
        """The passages to look at where the documents hold no answer."""
        found = self.mode is not AnswerMode.EXTRACTIVE or self.status is AnswerStatus.ANSWERED
        return () if found else tuple(passage.beginning for passage in self.passages[:NEAREST])

    @property
    def conflict(self) -> tuple[Claim, ...]:
        """The claims that do not agree; empty where all do."""
        return tuple(claim for claim in self.claims if claim.side is not None)

    @property
    def withheld(self) -> int:
        """How many claims failed their check."""
        return sum(not claim.supported for claim in self.claims)
