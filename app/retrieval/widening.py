"""From the passages that were found to those that an answer is made from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Protocol

from app.domain.answers import Passage
from app.domain.documents import Chunk, StoredChunk
from app.library.scopes import Selection
from app.models.word_vectors import words_of
from app.retrieval.words import small

JOINED = 2
"""Chunks that are joined at most. With three, fewer passages find room in what a model is shown: on cuad, fewer of the
accepted answers stand there than with two."""

_COMPARED = 4  # documents, where the question does not name them
_EXPLAINED = 3  # passages, the leading ones
_LOOKED_AT = 20  # chunks that have the number of a section somewhere

# A run of words with capitals, as contracts write what they define.
_TERM = re.compile(r"\b[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*){0,3}")
_REFERENCE = re.compile(
    r"\b(?:defined|described|provided|set forth|set out|specified|stated)\s+in\s+"
    r"(?:article|clause|paragraph|section)\s+(\d+(?:\.\d+)*)",
    re.IGNORECASE,
)
_MEANS = ("means", "shall mean", "has the meaning")


class Chunks(Protocol):
    """What is used of a library."""

    def of_document(self, sha256_hex: str) -> Selection:
        """Return the chunks of one document."""

    def find_words(self, expression: str, limit: int, within: Selection | None = None) -> list[tuple[int, float]]:
        """Return (chunk id, BM25 score) of the best matches, of some chunks or of all."""

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return chunks in the order asked; unknown ids are left out."""


def distinct(passages: Sequence[Passage], by_document: bool) -> list[Passage]:
    """Leave out passages all of whose sentences better ones have, word for word, whatever their capitals and spaces.

    What is only nearly the same stays: the one word that differs may be the number, or the "not", that matters.

    Args:
        passages: best first.
        by_document: what two documents say alike is kept of both.
    """
    said: dict[str, set[str]] = {}
    kept = []
    for passage in passages:
        before = said.setdefault(passage.document if by_document else "", set())
        sentences = {_words(passage.chunk.text[start:end]) for start, end in passage.chunk.sentences}
        if not sentences <= before:
            kept.append(passage)
        before |= sentences
    return kept


def spread(passages: Sequence[Passage], documents: Sequence[str]) -> list[Passage]:
    """Let documents have turns: the best passage of each, then the second best of each; what is left comes after.

    Args:
        passages: best first.
        documents: SHA-256 of those that are compared; none = the leading ones.
    """
    compared = list(documents) or list(dict.fromkeys(passage.document for passage in passages))[:_COMPARED]
    groups = [[passage for passage in passages if passage.document == document] for document in compared]
    turns = [passage for turn in zip_longest(*groups) for passage in turn if passage is not None]
    return [*turns, *(passage for passage in passages if passage.document not in compared)]


def explaining(passages: Sequence[Passage], library: Chunks) -> list[Passage]:
    """Return what defines the terms of the leading passages, from the same document.

    It is the sentence that meets the question best whose terms ("the Confidential Information") and references ("as
    defined in Section 2.1") are looked up. Of the chunk that is found, the sentence that defines is brought, and no
    more: a whole one would take the place of another passage.

    Args:
        passages: best first.
        library: of which they are.
    """
    leading = passages[:_EXPLAINED]
    brought: dict[int, Passage] = {}
    # One that comes late may find no room in what a model is shown: it is brought too.
    known = {passage.chunk_id for passage in leading}
    for document in dict.fromkeys(passage.document for passage in leading):
        said = "\n".join(_best_sentence(passage) for passage in leading if passage.document == document)
        for found, number in chain(_defining(said, document, library), _beginning(said, document, library)):
            if found.chunk_id not in known:
                brought.setdefault(found.chunk_id, _sentence_of(found, number, passages[-1].score))
    return list(brought.values())


def joined(passages: Sequence[Passage]) -> list[Passage]:
    """Join the passages of one document that touch; each stands where its best part stood.

    Args:
        passages: chunks as they were found, best first.
    """
    waiting = {(passage.document, passage.chunk.ordinal): passage for passage in passages}
    wholes = []
    for passage in passages:
        if waiting.pop((passage.document, passage.chunk.ordinal), None) is None:
            continue
        run = [passage]
        while len(run) < JOINED:
            after = waiting.pop((passage.document, run[-1].chunk.ordinal + 1), None)
            before = None if after else waiting.pop((passage.document, run[0].chunk.ordinal - 1), None)
            if after is None and before is None:
                break
            run = [*([before] if before else []), *run, *([after] if after else [])]
        wholes.append(_whole(run) if len(run) > 1 else passage)
    return wholes


def _words(text: str) -> str:
    return " ".join(words_of(text.lower()))


def _best_sentence(passage: Passage) -> str:
    best = max(range(len(passage.sentences)), key=lambda number: passage.sentences[number], default=0)
    start, end = passage.chunk.sentences[best]
    return " ".join(passage.chunk.text[start:end].split())


def _defining(said: str, document: str, library: Chunks) -> Iterator[tuple[StoredChunk, int]]:
    """Yield a chunk that defines a term of what is said, if there is one, and the number of the sentence that does."""
    terms = dict.fromkeys(_words(_without_small(term)) for term in _TERM.findall(said))
    phrases = [f"{term} {means}" for term in terms if term for means in _MEANS]
    here = library.of_document(document)
    # Most documents define nothing, and to see that takes a tenth of the time of looking for every term.
    if not phrases or not library.find_words("means", 1, here):
        return
    found = library.find_words(" OR ".join(f'"{phrase}"' for phrase in phrases), 1, here)
    for chunk in library.chunks([chunk_id for chunk_id, _ in found]):
        for number, text in enumerate(_sentences(chunk)):
            if any(f" {phrase} " in f" {_words(text)} " for phrase in phrases):
                yield chunk, number
                return


def _without_small(term: str) -> str:
    words = term.split()
    while words and small(words[0].lower()):
        words.pop(0)
    return " ".join(words)


def _beginning(said: str, document: str, library: Chunks) -> Iterator[tuple[StoredChunk, int]]:
    """Yield the chunk where a section begins that is referred to, if it is found, and the number of its sentence."""
    reference = _REFERENCE.search(said)
    if reference is None:
        return
    number = reference[1]
    begins = re.compile(rf"(?:(?:article|clause|paragraph|section)\s+)?{re.escape(number)}(?![\d.]*\d)", re.IGNORECASE)
    found = library.find_words(f'"{_words(number)}"', _LOOKED_AT, library.of_document(document))
    for chunk in library.chunks([chunk_id for chunk_id, _ in found]):
        for number, text in enumerate(_sentences(chunk)):
            if begins.match(text):
                yield chunk, number
                return


def _sentences(found: StoredChunk) -> list[str]:
    return [found.chunk.text[start:end].strip() for start, end in found.chunk.sentences]


def _sentence_of(found: StoredChunk, number: int, score: float) -> Passage:
    """Make a passage of one sentence of a chunk."""
    start, end = found.chunk.sentences[number]
    spans, text = found.chunk.locate(start, end), found.chunk.text[start:end]
    chunk = replace(found.chunk, text=text, spans=spans, sentences=((0, end - start),))
    return Passage(found.chunk_id, found.document, found.path, found.title, chunk, score, 0.0, 0.0)


def _whole(run: Sequence[Passage]) -> Passage:
    """Make one passage of several that follow one another; its scores are those of its best part."""
    best = max(run, key=lambda passage: passage.score)
    sentences: list[tuple[int, int]] = []
    start = 0
    for passage in run:
        sentences += [(start + first, start + last) for first, last in passage.chunk.sentences]
        start += len(passage.chunk.text) + 1
    chunk = Chunk(
        run[0].chunk.ordinal,
        "\n".join(passage.chunk.text for passage in run),
        tuple(span for passage in run for span in passage.chunk.spans),
        tuple(sentences),
        run[0].chunk.heading,
    )
    met = [passage.sentences or (0.0,) * len(passage.chunk.sentences) for passage in run]
    return replace(
        best,
        chunk=chunk,
        words=max(passage.words for passage in run),
        meaning=max(passage.meaning for passage in run),
        met=max(passage.met for passage in run),
        sentences=tuple(chain.from_iterable(met)) if best.sentences else (),
        pairs=(),
    )
