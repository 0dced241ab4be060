"""Embedding by ONNX Runtime, the fastest on a processor without a graphics card."""

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models.batches import Row
from app.models.embedder import Embedder, Engine
from app.models.files import check_hash, sha256_of
from app.models.packs import EmbedderPack
from app.models.pooling import padded, text_vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxEmbedder(Embedder):
    """A model in an ONNX file, in this process.

    Args:
        pack: the model.
        threads: batches computed at once, each on a processor thread of its own.
        dimensions: of its vectors; None = the full ones.
    """

    def __init__(self, pack: EmbedderPack, threads: int, dimensions: int | None = None) -> None:
        super().__init__(pack, partial(_load_checked, pack), threads, dimensions)


class _Engine:
    """A session, and the inputs that this model wants."""

    def __init__(self, name: str, recipe: Recipe, session: "InferenceSession") -> None:
        self._name = name
        self._recipe = recipe
        self._session = session
        self._inputs = frozenset(entry.name for entry in session.get_inputs())

    def vectors(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        """Compute a batch, on one thread."""
        ids, mask = padded([row.ids for row in rows])
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            hidden: NDArray[np.float32] = self._session.run(None, {name: known[name] for name in self._inputs})[0]
        except _native_faults() as error:
            raise EnvironmentFault(
                f"The model {self._name} stopped with an error.",
                "Close other programs if memory is short, then try again.",
                str(error),
            ) from error
        return text_vectors(hidden, mask, self._recipe)

    def close(self) -> None:
        """Leave the session to the garbage collector."""


def _load_checked(pack: EmbedderPack) -> Engine:
    check_hash(pack.model, sha256_of(pack.model), pack.sha256)
    return load(pack)


def load(pack: EmbedderPack) -> Engine:
    """Load the model of a pack; neither its hash nor its canary is looked at.

    Raises:
        EnvironmentFault: it cannot be loaded.
    """
    if os.environ.get("ORT_DISABLE_TELEMETRY") != "1":
        raise RuntimeError("onnxruntime would call home: app.security.switches.apply() must come before any model.")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # The arena never gives memory back; and a plan of memory for each new shape of batch is kept for good.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    try:
        session = onnxruntime.InferenceSession(str(pack.model), options, providers=["CPUExecutionProvider"])
    except _native_faults() as error:
        raise EnvironmentFault(
            f"The model {pack.name} cannot be loaded.",
            "Close other programs if memory is short; else install the model again.",
            f"{pack.model}: {error}",
        ) from error
    return _Engine(pack.name, pack.recipe, session)


def _native_faults() -> tuple[type[Exception], ...]:
    # Its errors have no common class but Exception.
    from onnxruntime.capi import onnxruntime_pybind11_state as native

    kinds = (kind for kind in vars(native).values() if isinstance(kind, type))
    return (MemoryError, *(kind for kind in kinds if issubclass(kind, Exception)))
