"""Where a full-text expression matches within texts, by the rules of the index itself."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""How the full-text index of the ledger tells words: the same in `app.library.schema`, which never changes."""

# No text that is kept has these characters: see `app.documents.cleaning`.
_BEGIN, _END = "\x02", "\x03"
_MATCHING = "SELECT rowid, highlight(texts, 0, ?, ?) FROM texts WHERE texts MATCH ? ORDER BY rowid"

Places = tuple[tuple[int, int], ...]


def places(expression: str, texts: Sequence[str]) -> dict[int, Places]:
    """Return where texts match an FTS5 ``expression``: by number of the text, from 0, in order.

    Returns:
        The characters that match, each place as its first and one after its last; a text that does not match is left
        out.
    """
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(f"CREATE VIRTUAL TABLE texts USING fts5 (body, tokenize='{TOKENIZER}')")
        memory.executemany("INSERT INTO texts (rowid, body) VALUES (?, ?)", enumerate(texts))
        return {
            number: _places(highlighted)
            for number, highlighted in memory.execute(_MATCHING, (_BEGIN, _END, expression))
        }


def _places(highlighted: str) -> Places:
    before, *pieces = highlighted.split(_BEGIN)
    found, place = [], len(before)
    for piece in pieces:
        matched, rest = piece.split(_END)
        found.append((place, place + len(matched)))
        place += len(matched) + len(rest)
    return tuple(found)
