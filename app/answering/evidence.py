"""The sentences of passages, and citations of them."""

from collections.abc import Iterable
from dataclasses import dataclass

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
    def met(self) -> float:
        """How well its words meet those of the question, -1 to 1; 0 where that is not known."""
        return self.passage.sentences[self.number] if self.passage.sentences else 0.0


def sentences_of(passages: Iterable[Passage]) -> list[Sentence]:
    """Return the sentences of passages in order."""
    return [Sentence(passage, number) for passage in passages for number in range(len(passage.chunk.sentences))]


def cite(sentence: Sentence) -> tuple[Citation, ...]:
    """Return a citation for each page that a sentence stands on, with its words as they stand there."""
    passage, at = sentence.passage, sentence.start
    citations = []
    for span in passage.chunk.locate(sentence.start, sentence.end):
        length = span.end - span.start
        quote = passage.chunk.text[at : at + length]
        citations.append(
            Citation(passage.document, passage.path, passage.title, span.page, span.start, span.end, quote)
        )
        at += length + 1  # the line feed that joins the parts of a chunk
    return tuple(citations)
