"""How near sentences are to a question in meaning."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

REMEMBERED = 4_096
"""Vectors of sentences kept, about 6 MB at 384 dimensions: a second question about the same pages embeds less."""


class SentenceEmbedder(Protocol):
    """Turns sentences into vectors."""

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors (n, dimensions) of ``texts``, of length 1."""


class Similarity:
    """Cosine similarities, with a memory. Any thread may use it."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._lock = Lock()

    def to(self, vector: Vector, texts: Sequence[str]) -> list[float]:
        """Return the similarity of each of ``texts`` to a question's ``vector``."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found |= zip(missing, self._embedder.embed_documents(missing), strict=True)
        with self._lock:
            self._known |= found
            for text in texts:
                self._known.move_to_end(text)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return [float(found[text] @ vector) for text in texts]
