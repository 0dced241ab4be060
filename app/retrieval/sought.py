"""What a question looks for, and where: without the names of documents and files, and spelt as the documents are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from app.documents.formats import names_file
from app.domain.documents import NamedDocument
from app.domain.scope import Scope
from app.library.scopes import Selection
from app.retrieval import naming, words
from app.retrieval.spelling import Texts, respelt

_NAMING = 50  # chunks looked at to learn which document a question names
_NAMED_DOCUMENTS = 3
# Of the words that name a document, this share stands in the chunk that names it; below, the document is not here.
_NAME_FOUND = 0.5


class Documents(Texts, Protocol):
    """What is used of a library."""

    def select(self, scope: Scope) -> Selection | None:
        """Return the chunks of the documents in scope; None = those of all documents.

        Raises:
            UsageFault: the scope names what is not here, or holds no document that can be searched.
        """

    def documents_in(self, scope: Scope) -> list[NamedDocument]:
        """Return the documents in scope that were read, by path; one that lies at several is there several times.

        Raises:
            UsageFault: the scope names what is not here.
        """

    def find_words(self, expression: str, limit: int, within: Selection | None = None) -> list[tuple[int, float]]:
        """Return (chunk id, BM25 score) of the best matches, of some chunks or of all."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for, and where.

    Attributes:
        question: without the names of files.
        wanted: without those of documents.
        within: the chunks that are looked through; None = all.
        documents: those (SHA-256) that are meant by a name, each with how certainly, from 0 to 1.
        sides: those that are to be compared.
        named: the question names documents, and one at least is here.
        asked: the question, with words put right that no document has.
        respelt: some were.
    """

    question: str
    wanted: str
    within: Selection | None
    documents: Mapping[str, float]
    sides: tuple[str, ...]
    named: bool
    asked: str
    respelt: bool


def sought_by(question: str, library: Documents, scope: Scope, exactly: bool) -> Sought:
    """Tell from a question what is looked for, and where.

    Args:
        question: in the user's words.
        library: is to be searched.
        scope: the documents that are.
        exactly: no word counts as mistyped.

    Raises:
        UsageFault: the scope names what is not in the library, or holds no document that can be searched.
    """
    files = _named_files(question, library, scope)
    # The name of a file may be spelt as nothing else is.
    asked = question if files or exactly else respelt(question, library)
    changed, question = asked != question, asked
    for file in files.values():
        question = naming.without(question, file)
    within = library.select(replace(scope, documents=tuple(files)) if files else scope)
    sides = _sides(question, library, within)
    named = naming.split(question)
    documents = dict.fromkeys(sides, 1.0) or _named_documents(named.name, library, within)
    wanted = named.rest if documents and not sides else question
    return Sought(question, wanted, within, documents, sides, bool(documents or files), asked, changed)


def _named_files(question: str, library: Documents, scope: Scope) -> dict[str, str]:
    """Return the documents in scope whose files a question names, with these names; several may have the same."""
    if not names_file(question):
        return {}
    said = question.casefold()
    files = {one.document: PurePath(one.path).name for one in library.documents_in(scope)}
    return {document: file for document, file in files.items() if file.casefold() in said}


def _sides(question: str, library: Documents, within: Selection | None) -> tuple[str, ...]:
    """Return the documents that a question compares by their names; none where fewer than two are here."""
    meant = [next(iter(_named_documents(name, library, within)), None) for name in naming.sides(question)]
    found = tuple(dict.fromkeys(document for document in meant if document is not None))
    return found if len(found) > 1 else ()


def _named_documents(name: str, library: Documents, within: Selection | None) -> dict[str, float]:
    """Return the documents in scope that a name means, each with how certainly, from 0 to 1."""
    expression = words.expression(name, library.frequency) if name else ""
    if not expression:
        return {}
    scores = dict(library.find_words(expression, _NAMING, within))
    certainty: dict[str, float] = {}
    for chunk in library.chunks(list(scores)):
        if words.part_in(name, f"{chunk.title} {chunk.chunk.heading} {chunk.chunk.text}") >= _NAME_FOUND:
            share = scores[chunk.chunk_id] / max(scores.values())
            certainty.setdefault(chunk.document, share)
        if len(certainty) == _NAMED_DOCUMENTS:
            break
    return certainty
