"""The embedding cache: vectors by the text that was sent, so that nothing is embedded twice."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.library.ledger import Ledger
from app.library.scale import Scale, read, written

Vector = NDArray[np.float32]


class EmbeddingCache:
    """The cached vectors of one model and recipe."""

    def __init__(self, ledger: Ledger, model_sha256: str, recipe: str) -> None:
        self._ledger = ledger
        with ledger.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO recipes (model_sha256, recipe) VALUES (?, ?)", (model_sha256, recipe)
            )
        self._id = ledger.count("SELECT id FROM recipes WHERE model_sha256 = ? AND recipe = ?", (model_sha256, recipe))

    def known(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those of ``texts`` (SHA-256 of each) that have one."""
        rows = self._ledger.rows(
            "SELECT text_sha256, vector FROM embeddings"
            " WHERE recipe_id = ? AND text_sha256 IN (SELECT value FROM json_each(?))",
            (self._id, json.dumps(list(texts))),
        )
        return {text: np.frombuffer(vector, dtype="<f4") for text, vector in rows}

    def of_chunks(self, ids: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors of those chunks whose text has one."""
        # The order of the join is fixed: the planner would rather go through all vectors.
        rows = self._ledger.rows(
            "SELECT c.id, e.vector FROM chunks c CROSS JOIN embeddings e ON e.recipe_id = ?"
            " AND e.text_sha256 = c.text_sha256 WHERE c.id IN (SELECT value FROM json_each(?))",
            (self._id, json.dumps(list(ids))),
        )
        return {key: np.frombuffer(vector, dtype="<f4") for key, vector in rows}

    def signs(self, texts: Sequence[str]) -> dict[str, bytes]:
        """Return the signs of the words of those of ``texts`` (SHA-256 of each) that have them."""
        rows = self._ledger.rows(
            "SELECT text_sha256, signs FROM word_signs"
            " WHERE recipe_id = ? AND text_sha256 IN (SELECT value FROM json_each(?))",
            (self._id, json.dumps(list(texts))),
        )
        return dict(rows)

    def lacking(self, after: int, most: int) -> dict[int, str]:
        """Return the next chunks after a chunk id whose text has no vector: id → SHA-256 of the text."""
        rows = self._ledger.rows(
            "SELECT id, text_sha256 FROM chunks WHERE id > ? AND NOT EXISTS"
            " (SELECT 1 FROM embeddings WHERE recipe_id = ? AND embeddings.text_sha256 = chunks.text_sha256)"
            " ORDER BY id LIMIT ?",
            (after, self._id, most),
        )
        return dict(rows)

    def count(self) -> int:
        """Return how many vectors there are."""
        return self._ledger.count("SELECT count(*) FROM embeddings WHERE recipe_id = ?", (self._id,))

    def scale(self) -> Scale | None:
        """Return where the similarities lie; None = it was not measured by these questions."""
        ((text,),) = self._ledger.rows("SELECT scale FROM recipes WHERE id = ?", (self._id,))
        return read(text)

    def keep_scale(self, scale: Scale) -> None:
        """Keep where the similarities lie."""
        with self._ledger.transaction() as connection:
            connection.execute("UPDATE recipes SET scale = ? WHERE id = ?", (written(scale), self._id))

    def keep(self, vectors: Mapping[str, Vector], signs: Mapping[str, bytes]) -> None:
        """Store vectors by the SHA-256 of their texts, and the signs of the words of the texts that have any."""
        rows = [(self._id, text, vector.astype("<f4").tobytes()) for text, vector in vectors.items()]
        with self._ledger.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?)", rows)
            connection.executemany(
                "INSERT OR IGNORE INTO word_signs VALUES (?, ?, ?)",
                [(self._id, text, of_words) for text, of_words in signs.items() if of_words],
            )


def drop_unused(ledger: Ledger) -> None:
    """Delete the vectors of texts that no chunk has any more, of every recipe."""
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM embeddings WHERE text_sha256 NOT IN (SELECT text_sha256 FROM chunks)")
        connection.execute("DELETE FROM word_signs WHERE text_sha256 NOT IN (SELECT text_sha256 FROM chunks)")
