"""Embedding in a child process, which a crash of its engine does not outlive."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from threading import Lock

import numpy as np

from app.domain.errors import EnvironmentFault
from app.jobs.cancel import CancelToken
from app.models.batches import TOKEN_BUDGET, Encoded, Row
from app.models.embedder import Embedder
from app.models.files import check_hash, require_file, sha256_of
from app.models.packs import EmbedderPack
from app.processes.child_process import ChildEnded, ChildProcess

_KILLED = -9  # by the system, for want of memory: nobody else does


class LlamaCppEmbedder(Embedder):
    """A model in a GGUF file.

    Args:
        pack: the model.
        threads: that share each batch.
        dimensions: of its vectors; None = the full ones.
    """

    def __init__(self, pack: EmbedderPack, threads: int, dimensions: int | None = None) -> None:
        child = "app.models.runtimes.llama_cpp_embedding_child"
        super().__init__(pack, partial(_load, child, ("llama_cpp",), threads, pack), 1, dimensions)


class TransformersEmbedder(Embedder):
    """A folder as sentence-transformers writes it, of which ``model.safetensors`` and ``config.json`` are read.

    What comes after the model is the recipe's. So neither the folder's own modules nor any code in it is used, and
    torch weighs on the child alone.

    Args:
        pack: the model.
        threads: that share each batch.
        dimensions: of its vectors; None = the full ones.
    """

    def __init__(self, pack: EmbedderPack, threads: int, dimensions: int | None = None) -> None:
        child = "app.models.runtimes.transformers_child"
        super().__init__(pack, partial(_load, child, ("torch", "transformers"), threads, pack), 1, dimensions)


class _Engine:
    """Holds the child, and starts another after a crash."""

    def __init__(self, pack: EmbedderPack, module: str, threads: int) -> None:
        self._pack = pack
        self._module = module
        self._setup = {
            "model": str(pack.model.resolve()),
            "recipe": asdict(pack.recipe),
            "threads": threads,
            "budget": TOKEN_BUDGET,
        }
        self._lock = Lock()
        self._child = ChildProcess(module, self._setup)

    def encode(self, rows: Sequence[Row]) -> Encoded:
        """Have the child compute a batch."""
        child = self._running()
        talk = child.ask({"ids": [row.ids for row in rows], "words": [row.words for row in rows]})
        try:
            reply = talk.next(CancelToken())
        except ChildEnded as error:
            raise self._fault("stopped with an error", "Try again: it starts anew.", error) from error
        finally:
            child.drop(talk)
        vectors = np.frombuffer(b64decode(reply["vectors"]), "<f4").reshape(len(rows), -1)
        words = np.frombuffer(b64decode(reply["words"]), "<f2").astype(np.float32).reshape(-1, reply["components"])
        ends = np.cumsum([len(row.words) for row in rows])
        return Encoded(vectors, np.split(words, ends[:-1]))

    def close(self) -> None:
        """End the child and return when it is gone."""
        with self._lock:
            child = self._child
        child.kill()
        child.join()

    def _running(self) -> ChildProcess:
        with self._lock:
            if self._child.ended:
                self._child = ChildProcess(self._module, self._setup)
            child = self._child
        try:
            child.greeting(CancelToken())
        except ChildEnded as error:
            raise self._fault("cannot be loaded", "Install the model again.", error) from error
        return child

    def _fault(self, what: str, remedy: str, error: ChildEnded) -> EnvironmentFault:
        short = error.code == _KILLED and not error.killed
        return EnvironmentFault(
            f"The model {self._pack.name} {what}.",
            "Memory ran out, most likely: close other programs, then try again." if short else remedy,
            f"{self._pack.model}: {error}",
        )


def _load(module: str, needs: Sequence[str], threads: int, pack: EmbedderPack) -> _Engine:
    missing = [name for name in needs if find_spec(name) is None]
    if missing:
        raise EnvironmentFault(
            f"The model {pack.name} needs {' and '.join(missing)}, which is not installed.",
            "Use the same model as an ONNX file, or have it installed.",
        )
    require_file(pack.model)
    check_hash(pack.model, sha256_of(pack.model), pack.sha256)
    return _Engine(pack, module, threads)
