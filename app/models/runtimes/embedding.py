"""Which runtime an embedder's file asks for."""

from app.models.embedder import Embedder
from app.models.packs import EmbedderPack
from app.models.runtimes.child_embedder import LlamaCppEmbedder, TransformersEmbedder
from app.models.runtimes.onnx import OnnxEmbedder


def embedder(pack: EmbedderPack, threads: int) -> Embedder:
    """Make the embedder that runs a pack; loads nothing.

    Args:
        pack: the model.
        threads: of the processor that it may take.
    """
    match pack.model.suffix.lower():
        case ".gguf":
            return LlamaCppEmbedder(pack, threads)
        case ".safetensors":
            return TransformersEmbedder(pack, threads)
        case _:
            return OnnxEmbedder(pack, threads)
