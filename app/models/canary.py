"""A few texts with the vectors they must get: a wrong model, vocabulary or recipe shows before it does harm."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault, ModelFault
from app.domain.recipes import Recipe

Role = Literal["document", "query", "as it is"]
"""Which prefix of the recipe goes before a text."""

_TOPICS = (
    ("The lease ends on 31 March 2026 unless both parties renew it in writing. ", 3),
    ("Cats sleep for most of the day and hunt at night. ", 5),
    ("Revenue rose by 12 % to 3.4 million euros in the second quarter. ", 7),
    ("The pump must be drained before the first frost of the winter. ", 18),
    ("She played the violin in an orchestra in Vienna for thirty years. ", 36),
)
PROBES: tuple[tuple[str, Role], ...] = (
    ("The tenant pays the rent on the first day of each month.", "document"),
    ("How long is the notice period?", "query"),
    ("NOTICE OF TERMINATION Naïve Café RÉSUMÉ Łódź Ångström", "as it is"),
    ("東京都の賃貸契約は三月三十一日に終了します。 租赁协议 임대차", "as it is"),
    ("Total: 1,234.56 EUR (VAT 19 %), order AB-1234/x_y", "as it is"),
    # About 1,000 tokens; each cut at half of the length before leaves another subject out.
    ("".join(sentence * times for sentence, times in _TOPICS), "as it is"),
)
"""Texts by which a model that comes without a canary is checked."""

# An 8-bit model reaches 0.999 of the original weights; forgotten special tokens 0.94, wrong pooling 0.6 (measured).
LOWEST_COSINE = 0.98
# A layer norm left out, or taken after the cut, adds the same to every component: little to see in the cosine. Of the
# mean over the texts of that part of the difference; an 8-bit model moves it by less than 0.005 (measured).
_LARGEST_SHIFT = 0.02
_LENGTHS = (0.95, 1.05)  # of a vector, as a share of the stored one's
_LARGEST = 16 << 20  # bytes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Canary:
    """Texts, and the vectors that they get, shape (texts, dimensions)."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    roles: tuple[Role, ...]

    def sent(self, recipe: Recipe) -> list[str]:
        """Return the texts with the prefixes of a recipe."""
        return sent(tuple(zip(self.texts, self.roles, strict=True)), recipe)


def sent(probes: Sequence[tuple[str, Role]], recipe: Recipe) -> list[str]:
    """Put the prefixes of a recipe before texts."""
    prefixes = {"document": recipe.document_prefix, "query": recipe.query_prefix, "as it is": ""}
    return [prefixes[role] + text for text, role in probes]


def read_canary(path: Path) -> Canary:
    """Read ``{"texts": [{"text", "vector", "role"}]}``, a vector being base64 of little-endian 16-bit floats.

    A text without a role is sent as it is.

    Raises:
        ModelFault: it holds something else (reason ``canary``).
    """
    return read_entries(path, "texts", _canary)


def read_entries(path: Path, key: str, make: Callable[[list[Any]], T]) -> T:
    """Read what a model is checked by.

    Args:
        path: a JSON object, in which the entries are listed.
        key: under which they are.
        make: makes what is returned of them; what it raises where they are not sound is told as the detail.

    Raises:
        ModelFault: the file holds something else (reason ``canary``).
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        return make(json.loads(path.read_text("utf-8"))[key])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFault(
            "canary",
            "The texts by which a model is checked are damaged or missing.",
            "Get another copy of the model.",
            f"{path}: {error!r}",
        ) from error


def _canary(entries: list[Any]) -> Canary:
    vectors = [np.frombuffer(b64decode(entry["vector"]), dtype="<f2") for entry in entries]
    texts = tuple(entry["text"] for entry in entries)
    roles = tuple(entry.get("role", "as it is") for entry in entries)
    canary = Canary(texts, np.array(vectors, dtype=np.float32), roles)
    if canary.vectors.ndim != 2 or not all(isinstance(text, str) for text in texts):
        raise ValueError("not texts with vectors of one length")
    if not all(role in get_args(Role) for role in roles):
        raise ValueError(f"a role that is none: {roles}")
    return canary


def write_canary(path: Path, probes: Sequence[tuple[str, Role]], vectors: NDArray[np.float32]) -> None:
    """Store texts with their vectors as `read_canary` reads them.

    Raises:
        OSError: the file cannot be written.
    """
    entries = [
        {"text": text, "role": role, "vector": b64encode(vector.astype("<f2").tobytes()).decode()}
        for (text, role), vector in zip(probes, vectors, strict=True)
    ]
    path.write_text(json.dumps({"texts": entries}), "utf-8")


def check_canary(canary: Canary, vectors: NDArray[np.float32], model: str, lowest: float = LOWEST_COSINE) -> None:
    """Compare the vectors of a model with the stored ones: direction, length, and the mean of the components.

    Args:
        canary: the texts with their vectors.
        vectors: of the model for these texts.
        model: its name.
        lowest: cosine that is let pass.

    Raises:
        EnvironmentFault: one differs by more than a change of precision explains.
    """
    found = _difference(canary.vectors, vectors, lowest)
    if found:
        raise wrong(f"The model {model} computes wrong vectors on this computer, so search by meaning", found)


def wrong(what: str, detail: str) -> EnvironmentFault:
    """Say what would mislead."""
    return EnvironmentFault(
        f"{what} would mislead.", "Install the model again; if that does not help, report it with the details.", detail
    )


def _difference(stored: NDArray[np.float32], vectors: NDArray[np.float32], lowest: float) -> str:
    if vectors.shape != stored.shape:
        return f"shape {vectors.shape}, expected {stored.shape}"
    wanted, lengths = (np.linalg.norm(part, axis=1) for part in (stored, vectors))
    if not (np.all(lengths > _LENGTHS[0] * wanted) and np.all(lengths < _LENGTHS[1] * wanted) and np.all(wanted > 0)):
        return f"vectors of the lengths {lengths}, expected {wanted}"
    cosine = float((np.einsum("td,td->t", vectors, stored) / lengths / wanted).min())
    shares = vectors / lengths[:, np.newaxis] - stored / wanted[:, np.newaxis]
    shift = float(np.abs(shares.sum(axis=1)).mean() / stored.shape[1] ** 0.5)
    if cosine >= lowest and shift <= _LARGEST_SHIFT:
        return ""
    return f"lowest cosine {cosine:.4f}, mean shift of the components {shift:.4f}"
