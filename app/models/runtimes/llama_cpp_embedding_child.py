"""The child process that holds llama.cpp and an encoder in a GGUF file; see `embedding_child`.

The functions of llama.cpp itself, not `Llama.embed`, which tokenizes in its own way, cuts at 512 tokens without a word
and pools as the file says.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.runtimes.embedding_child import Run, require_context, serve
from app.models.runtimes.llama_cpp_engine import ENVIRONMENT
from app.processes.parent_pipe import Line

_WARNING = 3  # `ggml_log_level` of ggml.h


class _Encoder:
    """A loaded model that gives the vector of every token."""

    def __init__(self, setup: Line) -> None:
        from llama_cpp import llama_cpp as native

        self._native = native
        self._log = native.llama_log_callback(lambda level, text, _data: level >= _WARNING and os.write(2, text))
        native.llama_log_set(self._log, None)
        native.llama_backend_init()
        path: str = setup["model"]
        model = native.llama_model_load_from_file(os.fsencode(path), native.llama_model_default_params())
        if not model:
            raise ValueError(f"llama.cpp cannot load {path}")
        truncation: int = setup["recipe"]["truncation"]
        require_context(path, truncation, native.llama_model_n_ctx_train(model))
        self._width: int = native.llama_model_n_embd(model)
        # A batch must fit whole: tokens see one another both ways.
        self._room = max(truncation, setup["budget"])
        self._context = native.llama_init_from_model(model, self._parameters(setup["threads"]))
        if not self._context:
            raise ValueError(f"llama.cpp cannot make room for {self._room} tokens of {path}")
        self._batch = native.llama_batch_init(self._room, 0, 1)

    def __call__(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Compute the rows together; none sees another."""
        places = [(number, place) for number, row in enumerate(rows) for place in range(len(row))]
        self._fill([token for row in rows for token in row], places)
        if self._native.llama_encode(self._context, self._batch) != 0:
            raise ValueError(f"llama.cpp refused a batch of {len(rows)} texts, {len(places)} tokens")
        found = self._native.llama_get_embeddings(self._context)
        flat = np.ctypeslib.as_array(found, shape=(len(places), self._width))
        hidden = np.zeros((len(rows), max(len(row) for row in rows), self._width), dtype=np.float32)
        hidden[tuple(np.array(places).T)] = flat
        return hidden

    def _fill(self, tokens: Sequence[int], places: Sequence[tuple[int, int]]) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, (token, (number, place)) in enumerate(zip(tokens, places, strict=True)):
            batch.token[index] = token
            batch.pos[index] = place
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = number
            batch.logits[index] = True

    def _parameters(self, threads: int) -> Any:  # noqa: ANN401 - a structure of a library without types
        parameters = self._native.llama_context_default_params()
        # `n_ubatch` below `n_batch` crashes (llama-cpp-python #1762).
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = self._room
        parameters.n_seq_max = self._native.llama_max_parallel_sequences()
        parameters.kv_unified = True
        parameters.embeddings = True
        parameters.pooling_type = self._native.LLAMA_POOLING_TYPE_NONE
        parameters.n_threads = parameters.n_threads_batch = threads
        return parameters


def _load(setup: Line) -> Run:
    os.environ.update(ENVIRONMENT)
    return _Encoder(setup)


if __name__ == "__main__":
    serve(_load)
