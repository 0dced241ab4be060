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


class SentenceSpace(Protocol):
    """The vectors of one embedder."""

    @property
    def key(self) -> str:
        """Differs from that of every other."""

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors (n, dimensions) of ``texts``, of length 1."""


class Similarity:
    """Cosine similarities, with a memory. Any thread may use it."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._lock = Lock()

    def to(self, vector: Vector, texts: Sequence[str], space: SentenceSpace) -> list[float]:
        """Return the similarity of each of ``texts`` to a question's ``vector`` of the same space."""
        keys = [(space.key, text) for text in texts]
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            found |= zip(missing, space.of_texts([text for _, text in missing]), strict=True)
        with self._lock:
            self._known |= found
            for key in keys:
                self._known.move_to_end(key)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return [float(found[key] @ vector) for key in keys]
