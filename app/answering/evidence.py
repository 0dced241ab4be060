"""The sentences of passages, and citations of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.answers import Citation, Passage


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters ``start`` to ``end`` of the text of a passage."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        """The sentence on one line."""
        return " ".join(self.passage.chunk.text[self.start : self.end].split())


def sentences_of(passages: Iterable[Passage]) -> list[Sentence]:
    """Return the sentences of passages in order."""
    return [Sentence(passage, start, end) for passage in passages for start, end in passage.chunk.sentences]


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
