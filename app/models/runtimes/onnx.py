"""Embedding by ONNX Runtime, the fastest on a processor without a graphics card."""

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models.batches import EmbeddedBatch, by_length
from app.models.canary import check_canary, read_canary
from app.models.files import check_hash, sha256_of
from app.models.packs import EmbedderPack
from app.models.pooling import normalised, text_vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

# Tokens in a batch, padding included. Each batch has one thread to itself, and there are as many batches as threads:
# 6,700 tokens/s on two cores, against 6,200 for the best of batches that share two threads (of 128 to 4,096 tokens).
# What a batch this small computes stays in the processor's cache.
TOKEN_BUDGET = 384
# Batches begun for each thread and not yet taken: enough to keep them busy while the taker writes to the disk.
_AHEAD = 4


@dataclass(frozen=True, slots=True)
class _Engine:
    """What is loaded, and the inputs that this model wants."""

    name: str
    tokenizer: "Tokenizer"
    session: "InferenceSession"
    inputs: frozenset[str]


class OnnxEmbedder:
    """Turns texts into vectors. Loads at its first use; safe to use from any thread, several at once.

    Args:
        pack: the model.
        threads: batches computed at once, each on a processor thread of its own.
    """

    def __init__(self, pack: EmbedderPack, threads: int) -> None:
        self._pack = pack
        self._threads = threads
        self._loading = Lock()
        self._engine: _Engine | None = None

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self._pack.name

    @property
    def stand_in(self) -> bool:
        """Whether it is there so that Lectern works at once, and a better one is worth installing."""
        return self._pack.stand_in

    @property
    def loaded(self) -> bool:
        """Whether its memory is taken already."""
        return self._engine is not None

    @property
    def recipe(self) -> Recipe:
        """What is done to a text before and after the model."""
        return self._pack.recipe

    @property
    def dimensions(self) -> int:
        """Components of a vector."""
        return self._pack.recipe.dimensions

    @cached_property
    def model_hash(self) -> str:
        """SHA-256 of the model file, hexadecimal; does not load the model.

        Raises:
            EnvironmentFault: the file cannot be read.
        """
        return sha256_of(self._pack.model)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text, in order, as the recipe says for documents: shape (texts, dimensions).

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        return self._embed(self.recipe.document_prefix, texts)

    def embed_batches(self, texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        """Do so batch by batch, as they are ready, the longest texts first. Closing the iterator stops the work.

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        return _batches(self._loaded(), self.recipe, self.recipe.document_prefix, texts, self._threads)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each question, in order, as the recipe says for queries: shape (texts, dimensions).

        Raises:
            EnvironmentFault: the model cannot be loaded or does not work.
        """
        return self._embed(self.recipe.query_prefix, texts)

    def _embed(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return _vectors(self._loaded(), self.recipe, prefix, texts, self._threads)

    def _loaded(self) -> _Engine:
        with self._loading:
            if self._engine is None:
                check_hash(self._pack.model, self.model_hash, self._pack.sha256)
                engine = _load(self._pack)
                canary = read_canary(self._pack.canary)
                vectors = _vectors(engine, self.recipe, "", canary.texts, self._threads)
                check_canary(canary, normalised(vectors), self.name)
                self._engine = engine
            return self._engine


def _load(pack: EmbedderPack) -> _Engine:
    if os.environ.get("ORT_DISABLE_TELEMETRY") != "1":
        raise RuntimeError("onnxruntime would call home: app.security.switches.apply() must come before any model.")
    import onnxruntime

    from app.models import wordpiece

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
    inputs = frozenset(entry.name for entry in session.get_inputs())
    return _Engine(pack.name, wordpiece.load(pack.vocabulary, pack.recipe.truncation), session, inputs)


def _vectors(engine: _Engine, recipe: Recipe, prefix: str, texts: Sequence[str], threads: int) -> NDArray[np.float32]:
    vectors = np.empty((len(texts), recipe.dimensions), dtype=np.float32)
    for batch in _batches(engine, recipe, prefix, texts, threads):
        vectors[batch.places] = batch.vectors
    return vectors


def _batches(
    engine: _Engine, recipe: Recipe, prefix: str, texts: Sequence[str], threads: int
) -> Generator[EmbeddedBatch, None, None]:
    encodings = _encode(engine, prefix, texts)
    lengths = [len(encoding) for encoding in encodings]

    def compute(places: list[int]) -> EmbeddedBatch:
        ids, mask = _padded([encodings[place] for place in places])
        vectors = text_vectors(_run(engine, ids, mask), mask, recipe)
        return EmbeddedBatch(places, vectors, sum(lengths[place] for place in places))

    batches = by_length(lengths, TOKEN_BUDGET)
    if len(batches) == 1:
        yield compute(batches[0])
        return
    pool = ThreadPoolExecutor(threads, "embedder")
    try:
        begun: deque[Future[EmbeddedBatch]] = deque()
        for places in batches:
            begun.append(pool.submit(compute, places))
            if len(begun) > threads * _AHEAD:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _encode(engine: _Engine, prefix: str, texts: Sequence[str]) -> list["Encoding"]:
    # Half of a surrogate pair, as a file name on a command line may hold, is not text to the tokenizer.
    whole = [(prefix + text).encode("utf-8", "replace").decode() for text in texts]
    encodings: list[Encoding] = engine.tokenizer.encode_batch_fast(whole)
    return encodings


def _padded(encodings: Sequence["Encoding"]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token numbers and mask, each of shape (texts, tokens of the longest)."""
    shape = (len(encodings), max(len(encoding) for encoding in encodings))
    ids = np.zeros(shape, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding)] = encoding.ids
        mask[row, : len(encoding)] = 1
    return ids, mask


def _run(engine: _Engine, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    try:
        hidden: NDArray[np.float32] = engine.session.run(None, {name: known[name] for name in engine.inputs})[0]
    except _native_faults() as error:
        raise EnvironmentFault(
            f"The model {engine.name} stopped with an error.",
            "Close other programs if memory is short, then try again.",
            str(error),
        ) from error
    return hidden


def _native_faults() -> tuple[type[Exception], ...]:
    # Its errors have no common class but Exception.
    from onnxruntime.capi import onnxruntime_pybind11_state as native

    kinds = (kind for kind in vars(native).values() if isinstance(kind, type))
    return (MemoryError, *(kind for kind in kinds if issubclass(kind, Exception)))
