"""What the library holds at one moment, and what changed since another: plain values, compared on a worker thread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.documents import DocumentEntry, DocumentState
from app.ui.wording import name_of

Key = tuple[str, str]
"""Collection and path of a row."""
Order = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that differ between two listings; ``added`` and ``updated`` in the order of `order_of`."""

    removed: tuple[Key, ...] = ()
    added: tuple[DocumentEntry, ...] = ()
    updated: tuple[DocumentEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of the library at ``revision``.

    Attributes:
        documents: how many are, or will be, searchable; one at two paths counts once.
    """

    revision: int
    entries: Mapping[Key, DocumentEntry] = field(default_factory=dict)
    documents: int = 0


NO_LISTING = Listing(revision=-1)


def key_of(entry: DocumentEntry) -> Key:
    """Return what a row is known by."""
    return entry.collection, entry.path


def order_of(entry: DocumentEntry) -> Order:
    """Return what a row is sorted by."""
    return entry.collection, name_of(entry.path).casefold(), entry.path


def listing_of(revision: int, entries: Iterable[DocumentEntry]) -> Listing:
    """Return the listing of these rows."""
    rows = {key_of(entry): entry for entry in entries}
    kept = (entry for entry in rows.values() if entry.state is not DocumentState.SKIPPED)
    return Listing(revision, rows, len({entry.sha256 or entry.path for entry in kept}))


def difference(old: Mapping[Key, DocumentEntry], new: Mapping[Key, DocumentEntry]) -> Changes:
    """Say how to get from ``old`` to ``new``."""
    return Changes(
        removed=tuple(key for key in old if key not in new),
        added=_ordered(entry for key, entry in new.items() if key not in old),
        updated=_ordered(entry for key, entry in new.items() if key in old and old[key] != entry),
    )


def _ordered(entries: Iterable[DocumentEntry]) -> tuple[DocumentEntry, ...]:
    return tuple(sorted(entries, key=order_of))
