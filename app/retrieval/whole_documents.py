"""Documents as a whole: all of their passages, not only those that a question finds."""

from collections.abc import Iterable
from pathlib import PurePath

import numpy as np

from app.domain.answers import Passage
from app.domain.documents import NamedDocument
from app.domain.errors import UsageFault
from app.domain.scope import Scope
from app.models.word_vectors import words_of
from app.retrieval.fusion import Fused
from app.retrieval.search import ChunkIndex, passage_of
from app.retrieval.words import UNSPACED, with_ligatures

MOST_HAVING = 2_000
"""Passages with a phrase that are listed: beyond, nobody reads them."""


class WholeDocuments:
    """Reads documents of a library from beginning to end. Any thread may use it."""

    def __init__(self, library: ChunkIndex) -> None:
        self._library = library

    def in_scope(self, scope: Scope) -> list[NamedDocument]:
        """Return the documents in scope that were read, by path; one that lies at several is there several times.

        Raises:
            UsageFault: the scope names what the library does not have.
        """
        return self._library.documents_in(scope)

    def unread(self, scope: Scope) -> tuple[str, ...]:
        """Return the paths of the files in scope that could not be read."""
        return self._library.searched(scope).unread

    def passages(self, document: NamedDocument) -> list[Passage]:
        """Return all passages of a document in order.

        The ``meaning`` of each is how near it is to the document as a whole: the cosine of its vector with the mean of
        all, and 0 where it has none.
        """
        chunks = self._library.chunks(self._library.of_document(document.document).ids())
        space = self._library.space
        vectors = space.of_chunks([chunk.chunk_id for chunk in chunks]) if space else {}
        near: dict[int, float] = {}
        if vectors:
            stacked = np.stack(list(vectors.values()))
            mean = stacked.mean(axis=0)
            near = dict(zip(vectors, (stacked @ (mean / (np.linalg.norm(mean) or 1.0))).tolist(), strict=True))
        path = {document.document: document.path}
        return [passage_of(chunk, path, Fused(0.0, 0.0, near.get(chunk.chunk_id, 0.0))) for chunk in chunks]

    def having(self, phrase: str, scope: Scope) -> list[Passage]:
        """Return every passage in scope whose text has a phrase, by path and in the order of the text.

        Its words may have other endings, capitals and accents.

        Raises:
            UsageFault: the scope names what is not here, more than `MOST_HAVING` passages have it, it has no word, or
                it is written without spaces between words: then the index knows whole runs only.
        """
        if not words_of(phrase):
            raise UsageFault("Which word is meant?", "Name it: where is the late fee mentioned?")
        if UNSPACED.search(phrase):
            raise UsageFault(
                f"The places of “{phrase}” cannot be listed: no spaces stand between words in its script.",
                "Ask a question about it instead.",
            )
        within = self._library.select(scope)
        found = self._library.find_words(matching_body(phrase), MOST_HAVING + 1, within)
        if len(found) > MOST_HAVING:
            raise UsageFault(
                f"“{phrase}” stands in more than {MOST_HAVING:,} passages.",
                "Look in fewer documents, or for a longer phrase.",
            )
        paths = within.paths if within else {}
        chunks = self._library.chunks([key for key, _ in found])
        passages = [passage_of(chunk, paths, Fused(0.0, 0.0, 0.0)) for chunk in chunks]
        return sorted(passages, key=lambda passage: (passage.path, passage.chunk.ordinal))


def called(names: Iterable[str], documents: Iterable[NamedDocument]) -> dict[str, list[NamedDocument]]:
    """Return the documents whose file or title is called so, by name, whatever the capitals; each document once.

    The end of a path, from a folder on, names a file too.
    """
    sought = {spelling: name for name in names for spelling in (_folded(name), _folded(name).removeprefix("the "))}
    paths = [spelling for spelling in sought if "/" in spelling]
    found: dict[str, dict[str, NamedDocument]] = {name: {} for name in sought.values()}
    for document in documents:
        path = PurePath(document.path)
        here = {_folded(document.title), _folded(path.name), _folded(path.stem)}
        here |= {end for end in paths if f"/{_folded(path.as_posix())}".endswith(f"/{end.removeprefix('/')}")}
        for spelling in here & sought.keys():
            found[sought[spelling]][document.document] = document
    return {name: list(ones.values()) for name, ones in found.items()}


def matching_body(phrase: str) -> str:
    """Return the FTS5 expression for words in a row in the text of a passage."""
    # Whatever stands between quotation marks is words to FTS5.
    words = phrase.replace('"', " ").lower()
    return " OR ".join(f'body : "{spelling}"' for spelling in dict.fromkeys((words, with_ligatures(words))))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
