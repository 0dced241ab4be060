"""The sentences of passages, and citations of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from app.documents.cleaning import plain
from app.domain.answers import Citation, Passage


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence ``number`` of a passage, from 0."""

    passage: Passage
    number: int

    @property
    def start(self) -> int:
        """Its first character in the text of the passage."""
        return self.passage.chunk.sentences[self.number][0]

    @property
    def end(self) -> int:
        """One after its last."""
        return self.passage.chunk.sentences[self.number][1]

    @property
    def text(self) -> str:
        """The sentence as it is seen, on one line."""
        return plain(self.passage.chunk.text[self.start : self.end])

    @property
    def alone(self) -> "Excerpt":
        """The sentence and no other."""
        return Excerpt(self.passage, self.number, self.number)

    @property
    def met(self) -> float:
        """How well its words meet those of the question, -1 to 1; 0 where that is not known."""
        return self.passage.sentences[self.number] if self.passage.sentences else 0.0

    @property
    def met_with_before(self) -> float:
        """The same of its words and those of the sentence before it."""
        return self.passage.pairs[self.number] if self.passage.pairs else 0.0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences ``first`` to ``last`` of a passage, which are quoted in one piece."""

    passage: Passage
    first: int
    last: int

    @property
    def start(self) -> int:
        """Its first character in the text of the passage."""
        return self.passage.chunk.sentences[self.first][0]

    @property
    def end(self) -> int:
        """One after its last."""
        return self.passage.chunk.sentences[self.last][1]

    @property
    def text(self) -> str:
        """The sentences as they are seen, on one line."""
        return plain(self.passage.chunk.text[self.start : self.end])

    def overlaps(self, other: "Excerpt") -> bool:
        """Say whether both have a sentence in common."""
        same = self.passage.chunk_id == other.passage.chunk_id
        return same and self.first <= other.last and other.first <= self.last


def shown_name(passage: Passage) -> str:
    """Return the name of a passage's file, as it is seen."""
    return plain(PurePath(passage.path).name)


def sentences_of(passages: Iterable[Passage]) -> list[Sentence]:
    """Return the sentences of passages in order."""
    return [Sentence(passage, number) for passage in passages for number in range(len(passage.chunk.sentences))]


def cite(quoted: Sentence | Excerpt) -> tuple[Citation, ...]:
    """Return a citation for each page that a quote stands on, with its words as they stand there."""
    passage, at = quoted.passage, quoted.start
    citations = []
    for span in passage.chunk.locate(quoted.start, quoted.end):
        length = span.end - span.start
        quote = passage.chunk.text[at : at + length]
        citations.append(
            Citation(passage.document, passage.path, passage.title, span.page, span.start, span.end, quote)
        )
        at += length + 1  # the line feed that joins the parts of a chunk
    return tuple(citations)
