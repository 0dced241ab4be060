"""The canary of an embedder that came without one: its own vectors, by which a later change shows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelFault
from app.models.canary import PROBES, sent, write_canary
from app.models.files import sha256_of
from app.models.manifest import Manifest, PackedFile
from app.models.packs import CANARY, EmbedderPack, installed_pack
from app.models.runtimes.embedding import embedder

# Texts of different languages and subjects are nowhere as near as this, unless the model tells nothing apart.
_ALIKE = 0.999
_THREADS = 1  # the probes are few


def with_canary(manifest: Manifest, folder: Path) -> Manifest:
    """Load a model whose files are checked, have it embed the probes, and put its canary beside it.

    Raises:
        ModelFault: it tells texts not apart (reason ``canary``).
        EnvironmentFault: it cannot be loaded.
        OSError: the canary cannot be written.
    """
    pack = installed_pack(manifest, folder)
    if not isinstance(pack, EmbedderPack):
        raise TypeError(f"{manifest.name} is no embedder")
    vectors = embedder(pack, _THREADS).vectors_unchecked(sent(PROBES, pack.recipe))
    if not told_apart(vectors):
        raise ModelFault(
            "canary",
            f"{manifest.name} gives the same vector for different texts, so it cannot find by meaning.",
            "Get another copy of the model.",
        )
    write_canary(pack.canary, PROBES, vectors)
    listed = PackedFile(CANARY, pack.canary.stat().st_size, sha256_of(pack.canary))
    return replace(manifest, files=(*manifest.files, listed))


def told_apart(vectors: NDArray[np.float32]) -> bool:
    """Whether vectors (texts, dimensions), of length 1, are those of a model that tells the probes apart."""
    lengths = np.linalg.norm(vectors, axis=1)
    near = vectors @ vectors.T - np.eye(len(vectors))
    return bool(np.isfinite(lengths).all() and lengths.min() > 0 and near.max() < _ALIKE)
