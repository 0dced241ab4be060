"""How high the similarities of an embedder are: what was learnt with one is then said of all.

One embedder finds texts that have nothing in common alike by 0.1, another by 0.5. So each is shown the built-in
questions once, and its similarities are put on the scale of the starter embedder, on which the weights of the search
were chosen and what is near enough to answer.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.library.contents import embedding_text
from app.models.batches import EmbeddedBatch
from app.models.built_in import built_in_questions, digest
from app.models.word_vectors import QuestionVectors, cosines

# Whoever finds a passage that answers so little nearer than the others cannot tell them apart: that is no scale.
_LEAST_APART = 0.02

Similarity = TypeVar("Similarity", float, NDArray[np.float32])


class Measured(Protocol):
    """What is used of an embedder."""

    def embed_batches(self, texts: list[str], /) -> Iterable[EmbeddedBatch]:
        """Yield the vectors of ``texts`` batch by batch, in any order."""

    def embed_question(self, question: str, /) -> QuestionVectors:
        """Return the vector of a question, and of its words."""


@dataclass(frozen=True, slots=True)
class Range:
    """The mean similarity of a question to passages of other documents, and to the passage that answers it."""

    unrelated: float
    related: float

    def put(self, similarity: Similarity, onto: "Range") -> Similarity:
        """Return a similarity of this range as one of another: the straight line that takes both means to its own."""
        if self.related - self.unrelated < _LEAST_APART:
            return similarity
        return onto.unrelated + (similarity - self.unrelated) * (
            (onto.related - onto.unrelated) / (self.related - self.unrelated)
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the similarities of an embedder lie.

    Attributes:
        texts: the cosine of whole texts.
        words: how well the words of a question are met, see `app.retrieval.meaning`; the same as of the starter where
            the runtime gives no vectors of words.
    """

    texts: Range
    words: Range

    def of_texts(self, similarity: Similarity) -> Similarity:
        """Return the cosine of two texts as the starter embedder would see it."""
        return self.texts.put(similarity, STARTER.texts)

    def of_words(self, similarity: Similarity) -> Similarity:
        """Return how well words are met as the starter embedder would see it."""
        return self.words.put(similarity, STARTER.words)


STARTER = Scale(texts=Range(0.090, 0.487), words=Range(0.244, 0.617))
"""Of all-MiniLM-L6-v2 in 8 bits, as `measured`."""


def measured(model: Measured) -> Scale:
    """Measure the scale of an embedder by the built-in questions: 60, with 30 passages.

    Raises:
        EnvironmentFault: the model cannot be used.
    """
    questions = built_in_questions()
    passages = list({(of.document, of.chunk.ordinal): of for asked in questions for of in asked.passages}.values())
    vectors: dict[int, NDArray[np.float32]] = {}
    signs: dict[int, bytes] = {}
    for batch in model.embed_batches([embedding_text("", passage.chunk.text) for passage in passages]):
        vectors |= zip(batch.places, batch.vectors, strict=True)
        signs |= zip(batch.places, batch.signs, strict=True)
    texts, words = _Means(), _Means()
    for asked in questions:
        said, answering = model.embed_question(asked.text), asked.passages[0] if asked.answers else None
        for place, passage in enumerate(passages):
            related = passage is answering
            if related or passage.document != asked.passages[0].document:
                texts.add(float(vectors[place] @ said.vector), related=related)
                if said.word_vectors is not None and signs[place]:
                    words.add(float(cosines(said.word_vectors, signs[place]).max(axis=1).mean()), related=related)
    return Scale(texts.range() or STARTER.texts, words.range() or STARTER.words)


def written(scale: Scale) -> str:
    """Return a scale as JSON, with what it was measured by."""
    return json.dumps({"questions": digest(), **asdict(scale)})


def read(text: str) -> Scale | None:
    """Return a scale that was `written`; None where the text is empty, or it was measured by other questions."""
    fields = json.loads(text) if text else {}
    if fields.pop("questions", "") != digest():
        return None
    return Scale(**{name: Range(**means) for name, means in fields.items()})


class _Means:
    def __init__(self) -> None:
        self._found: dict[bool, list[float]] = {True: [], False: []}

    def add(self, similarity: float, *, related: bool) -> None:
        self._found[related].append(similarity)

    def range(self) -> Range | None:
        if not all(self._found.values()):
            return None
        return Range(fmean(self._found[False]), fmean(self._found[True]))
