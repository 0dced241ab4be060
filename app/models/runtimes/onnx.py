"""Embedders and rerankers by ONNX Runtime, the fastest on a processor without a graphics card."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models.batches import Encoded, Row
from app.models.embedder import Embedder, Engine
from app.models.files import check_hash, sha256_of
from app.models.packs import EmbedderPack, RerankerPack
from app.models.pooling import padded, text_vectors
from app.models.reranker import PairEngine, Reranker, ignore
from app.models.word_vectors import word_vectors

if TYPE_CHECKING:
    from app.models.tokenizing import Pair


class OnnxEmbedder(Embedder):
    """A model in an ONNX file, in this process.

    Args:
        pack: the model.
        threads: batches computed at once, each on a processor thread of its own.
        dimensions: of its vectors; None = the full ones.
    """

    def __init__(self, pack: EmbedderPack, threads: int, dimensions: int | None = None) -> None:
        super().__init__(pack, partial(_load_checked, pack), threads, dimensions)


class OnnxReranker(Reranker):
    """A model in an ONNX file, in this process.

    Args:
        pack: the model.
        threads: passages looked at at once, each on a processor thread of its own.
        took: is told, after each question, how many seconds it took; see `Reranker`.
    """

    def __init__(self, pack: RerankerPack, threads: int, took: Callable[[float], None] = ignore) -> None:
        super().__init__(pack, load_reranker, threads, took)


class _Session:
    """A session of ONNX Runtime, which computes each batch on the thread that asks for it."""

    def __init__(self, name: str, model: Path) -> None:
        if os.environ.get("ORT_DISABLE_TELEMETRY") != "1":
            raise RuntimeError("onnxruntime would call home: app.security.switches.apply() must come before any model.")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # The arena never gives memory back; and a plan of memory for each new shape of batch is kept for good.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except _native_faults() as error:
            raise EnvironmentFault(
                f"The model {name} cannot be loaded.",
                "Close other programs if memory is short; else install the model again.",
                f"{model}: {error}",
            ) from error
        self._name = name
        self._inputs = frozenset(entry.name for entry in self._session.get_inputs())

    def run(self, inputs: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """Return the first output for those of the inputs that this model wants."""
        try:
            output: NDArray[np.float32] = self._session.run(None, {name: inputs[name] for name in self._inputs})[0]
        except _native_faults() as error:
            raise EnvironmentFault(
                f"The model {self._name} stopped with an error.",
                "Close other programs if memory is short, then try again.",
                str(error),
            ) from error
        return output


class _Engine:
    """An embedder."""

    def __init__(self, recipe: Recipe, session: _Session) -> None:
        self._recipe = recipe
        self._session = session

    def encode(self, rows: Sequence[Row]) -> Encoded:
        """Compute a batch, on one thread."""
        ids, mask = padded([row.ids for row in rows])
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(known)
        words = [word_vectors(of_row, row.words) for of_row, row in zip(hidden, rows, strict=True)]
        return Encoded(text_vectors(hidden, mask, self._recipe), words)

    def close(self) -> None:
        """Leave the session to the garbage collector."""


class _PairEngine:
    """A reranker."""

    def __init__(self, session: _Session) -> None:
        self._session = session

    def score(self, pair: "Pair") -> float:
        """Compute it on one thread."""
        ids = np.array([pair.ids], dtype=np.int64)
        kinds = (np.arange(ids.shape[1])[np.newaxis] >= pair.question).astype(np.int64)
        logits = self._session.run({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds})
        if logits.shape != (1, 1):
            raise EnvironmentFault(
                f"The model gives a result of the shape {logits.shape}, and a reranker gives one score a pair.",
                "Use another model.",
            )
        return float(logits[0, 0])


def _load_checked(pack: EmbedderPack) -> Engine:
    check_hash(pack.model, sha256_of(pack.model), pack.sha256)
    return load(pack)


def load(pack: EmbedderPack) -> Engine:
    """Load the model of a pack; neither its hash nor its canary is looked at.

    Raises:
        EnvironmentFault: it cannot be loaded.
    """
    return _Engine(pack.recipe, _Session(pack.name, pack.model))


def load_reranker(pack: RerankerPack) -> PairEngine:
    """Load the model of a pack; neither its hash nor its canary is looked at.

    Raises:
        EnvironmentFault: it cannot be loaded.
    """
    return _PairEngine(_Session(pack.name, pack.model))


def _native_faults() -> tuple[type[Exception], ...]:
    # Its errors have no common class but Exception.
    from onnxruntime.capi import onnxruntime_pybind11_state as native

    kinds = (kind for kind in vars(native).values() if isinstance(kind, type))
    return (MemoryError, *(kind for kind in kinds if issubclass(kind, Exception)))
