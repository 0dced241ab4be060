"""A few texts with the vectors they must get: a wrong model, vocabulary or recipe shows before it does harm."""

import json
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault, ModelFault

# An 8-bit model reaches 0.999 of the original weights; forgotten special tokens 0.94, wrong pooling 0.6 (measured).
LOWEST_COSINE = 0.98
_LARGEST = 16 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Canary:
    """Texts, sent as they are without a prefix, and their vectors of length 1, shape (texts, dimensions)."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]


def read_canary(path: Path) -> Canary:
    """Read ``{"texts": [{"text", "vector"}]}``, a vector being base64 of little-endian 16-bit floats.

    Raises:
        ModelFault: it holds something else (reason ``canary``).
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        entries = json.loads(path.read_text("utf-8"))["texts"]
        vectors = [np.frombuffer(b64decode(entry["vector"]), dtype="<f2") for entry in entries]
        canary = Canary(tuple(entry["text"] for entry in entries), np.array(vectors, dtype=np.float32))
        if canary.vectors.ndim != 2 or not all(isinstance(text, str) for text in canary.texts):
            raise ValueError("not texts with vectors of one length")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFault(
            "canary",
            "The texts by which a model of meaning is checked are damaged or missing.",
            "Get another copy of the model.",
            f"{path}: {error!r}",
        ) from error
    return canary


def check_canary(canary: Canary, vectors: NDArray[np.float32], model: str) -> None:
    """Compare the vectors of a model (of length 1) with the stored ones.

    Raises:
        EnvironmentFault: one differs by more than a change of precision explains.
    """
    same_shape = vectors.shape == canary.vectors.shape
    lowest = float(np.einsum("td,td->t", vectors, canary.vectors).min()) if same_shape else float("nan")
    if not lowest >= LOWEST_COSINE:
        raise EnvironmentFault(
            f"The model {model} computes wrong vectors on this computer, so search by meaning would mislead.",
            "Install the model again; if that does not help, report it with the details.",
            f"shape {vectors.shape}, expected {canary.vectors.shape}; lowest cosine {lowest:.4f}",
        )
