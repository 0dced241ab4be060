"""What can be chosen to be searched, without Qt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from app.domain.documents import DocumentEntry
from app.domain.scope import EVERYTHING, Scope, type_words
from app.ui.listing import Listing
from app.ui.wording import name_of


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose.

    Attributes:
        words: what it is called.
        scope: what is searched once it is taken.
        taken: it is chosen now; to take it again leaves it out.
    """

    words: str
    scope: Scope
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """All that can be chosen. ``selected``: what the selected document offers."""

    everything: Choice
    collections: tuple[Choice, ...]
    selected: tuple[Choice, ...]
    types: tuple[Choice, ...]


def choices(scope: Scope, listing: Listing, selected: DocumentEntry | None) -> Choices:
    """Return what can be chosen.

    A collection, a folder and a document take the place of one another: that a document lies in a folder as well is
    seldom what is meant. Types and days go with each of them.

    Args:
        scope: what is searched now.
        listing: what the library holds.
        selected: the document that is selected in its list.
    """
    collections = sorted({collection for collection, _ in listing.entries})
    types = sorted({entry.format for entry in listing.entries.values() if entry.format})
    return Choices(
        Choice("All documents", EVERYTHING, scope == EVERYTHING),
        tuple(Choice(name, _with_collection(scope, name), name in scope.collections) for name in collections),
        tuple(_of(selected, scope) if selected and selected.pages else ()),
        tuple(Choice(type_words(name), _with_type(scope, name), name in scope.types) for name in types),
    )


def only_document(entry: DocumentEntry) -> Choice:
    """Return the choice of one document alone."""
    return replace(only_documents([entry]), words="Ask only this document")


def only_documents(entries: Sequence[DocumentEntry]) -> Choice:
    """Return the choice of some documents alone."""
    return Choice("Ask only these documents", Scope(documents=tuple(entry.path for entry in entries)))


def only_folder(entry: DocumentEntry) -> Choice:
    """Return the choice of the folder of a document, with what lies below it."""
    return Choice("Ask only this folder", Scope(folders=(_folder(entry),)))


def only_collection(name: str) -> Choice:
    """Return the choice of one collection alone."""
    return Choice("Ask only this collection", Scope(collections=(name,)))


def _of(entry: DocumentEntry, scope: Scope) -> Iterator[Choice]:
    folder = _folder(entry)
    for words, place in (
        (f"Only {name_of(entry.path)}", Scope(documents=(entry.path,))),
        (f"Only the folder {name_of(folder)}", Scope(folders=(folder,))),
    ):
        taken = (scope.folders, scope.documents) == (place.folders, place.documents)
        rest = EVERYTHING if taken else place
        yield Choice(words, replace(rest, types=scope.types, since=scope.since, until=scope.until), taken)


def _with_collection(scope: Scope, name: str) -> Scope:
    return replace(scope, collections=_other(scope.collections, name), folders=(), documents=())


def _with_type(scope: Scope, name: str) -> Scope:
    return replace(scope, types=_other(scope.types, name))


def _other(chosen: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Leave a name out of what is chosen, or add it."""
    return tuple(known for known in chosen if known != name) if name in chosen else (*chosen, name)


def _folder(entry: DocumentEntry) -> str:
    return str(PurePath(entry.path).parent)
