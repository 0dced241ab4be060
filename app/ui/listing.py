"""What the library holds at one moment, and what changed since another: plain values, compared on a worker thread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.documents import DocumentEntry, DocumentState

Key = tuple[str, str]
"""Collection and path of a row."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that differ between two listings."""

    removed: tuple[Key, ...] = ()
    added: tuple[DocumentEntry, ...] = ()
    updated: tuple[DocumentEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of the library at ``revision``."""

    revision: int
    entries: Mapping[Key, DocumentEntry] = field(default_factory=dict)

    @property
    def documents(self) -> int:
        """Documents that are, or will be, searchable; one at two paths counts once."""
        kept = (entry for entry in self.entries.values() if entry.state is not DocumentState.SKIPPED)
        return len({entry.sha256 or entry.path for entry in kept})


NO_LISTING = Listing(revision=-1)


def key_of(entry: DocumentEntry) -> Key:
    """Return what a row is known by."""
    return entry.collection, entry.path


def listed(entries: Iterable[DocumentEntry]) -> dict[Key, DocumentEntry]:
    """Return the entries by their keys."""
    return {key_of(entry): entry for entry in entries}


def difference(old: Mapping[Key, DocumentEntry], new: Mapping[Key, DocumentEntry]) -> Changes:
    """Say how to get from ``old`` to ``new``."""
    return Changes(
        removed=tuple(key for key in old if key not in new),
        added=tuple(entry for key, entry in new.items() if key not in old),
        updated=tuple(entry for key, entry in new.items() if key in old and old[key] != entry),
    )
