"""What every child process that embeds does: reads rows of token numbers from its parent, writes their vectors.

First comes the setup, ``{"model", "recipe", "threads", "budget"}``, to which the child says ``{"ready": true}`` when it
is loaded. Then ``{"id", "ids", "words"}`` gets ``{"id", "vectors", "words", "components"}``: the vectors of the rows,
base64 of little-endian 32-bit floats, and of the words of all rows, of 16-bit floats.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.models.pooling import padded, text_vectors
from app.models.word_vectors import word_vectors
from app.processes.parent_pipe import Line, ParentPipe

Run = Callable[[Sequence[Sequence[int]]], NDArray[np.float32]]
"""Rows of token numbers to the last hidden state, shape (rows, tokens of the longest, components)."""


def serve(load: Callable[[Line], Run]) -> None:
    """Load as the setup says, then answer until the parent ends."""
    parent = ParentPipe()
    parent.listen()
    setup = parent.next()
    recipe = Recipe(**setup["recipe"])
    run = load(setup)
    parent.send({"ready": True})
    while True:
        question = parent.next()
        _, mask = padded(question["ids"])
        hidden = run(question["ids"])
        vectors = text_vectors(hidden, mask, recipe).astype("<f4")
        words = [word_vectors(row, parts) for row, parts in zip(hidden, question["words"], strict=True)]
        parent.send(
            {
                "id": question["id"],
                "vectors": b64encode(vectors.tobytes()).decode(),
                "words": b64encode(np.concatenate(words).astype("<f2").tobytes()).decode(),
                "components": hidden.shape[2],
            }
        )


def require_context(model: str, truncation: int, context: int) -> None:
    """Refuse a recipe that keeps more tokens than the model reads: what is beyond would be lost, or crash.

    Raises:
        ValueError: it does.
    """
    if truncation > context:
        raise ValueError(f"{Path(model).name} reads {context} tokens, and its recipe keeps {truncation}")
