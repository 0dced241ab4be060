"""In how many chunks a word stands, remembered: to count a common one takes as long as to search for it."""

import json
from collections.abc import Iterable

from app.library.ledger import Ledger

# Of the chunks: after such a change everything is counted anew.
_DRIFT = 0.05
# Counted up to here: what stands in more chunks is common, however many.
_MOST = 20_000


class Frequencies:
    """Counts chunks. Any thread may use it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._revision = -1
        self._chunks = 0
        self._counted_at = 0
        self._known: dict[str, int] = {}

    def chunks(self) -> int:
        """Count the chunks of the library."""
        revision = self._ledger.revision
        if revision != self._revision:
            self._chunks = self._ledger.count("SELECT count(*) FROM chunks")
            self._revision = revision
        return self._chunks

    def having(self, term: str) -> int:
        """Count the chunks that have a word in any of its forms, or several words in a row.

        Up to 20,000, and not anew after every small change.

        Args:
            term: letters, numbers and spaces.
        """
        chunks = self.chunks()
        if abs(chunks - self._counted_at) > _DRIFT * self._counted_at:
            self._known, self._counted_at = {}, chunks
        known = self._known
        if term not in known:
            known[term] = self._ledger.count(
                "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", (f'"{term}"', _MOST)
            )
        return known[term]

    def standing(self, terms: Iterable[str]) -> list[str]:
        """Return those of many terms that stand in a chunk, as in `having`; they are not remembered."""
        among = (
            "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM words WHERE words MATCH '\"' || value || '\"')"
        )
        return [term for (term,) in self._ledger.rows(among, (json.dumps(list(terms)),))]
