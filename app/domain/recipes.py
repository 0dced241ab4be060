"""How a text becomes a vector. Vectors of two recipes never meet in one index."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from json import dumps
from typing import Literal


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done to a text before and after the model.

    Attributes:
        document_prefix, query_prefix: put before the text.
        pooling: how the vectors of the tokens become one.
        layer_norm: normalise over the components before ``dimensions`` are cut (Matryoshka models).
        normalise: scale to length 1.
        dimensions: components kept, from the front.
        truncation: tokens kept, the special ones included.
    """

    document_prefix: str
    query_prefix: str
    pooling: Literal["mean", "cls"]
    layer_norm: bool
    normalise: bool
    dimensions: int
    truncation: int

    @property
    def key(self) -> str:
        """A short name that changes with any field: first 16 hexadecimal digits of the SHA-256 of its JSON."""
        return sha256(dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]
