"""The embedders at hand, each with the runtime that its file asks for."""

from collections.abc import Sequence

from app.models.embedder import Embedder
from app.models.packs import EmbedderPack, Finder, ServedEncoder
from app.models.runtimes.child_embedder import LlamaCppEmbedder, TransformersEmbedder
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.runtimes.served_embedding import ServedEmbedder


def embedders(packs: Sequence[Finder], threads: int) -> list[Embedder]:
    """Make the embedders of packs, in all their sizes, the best first; loads nothing.

    The best: not a stand-in; the more dimensions it gives; the faster its runtime is on a processor.

    Args:
        packs: models at hand.
        threads: of the processor that one may take.
    """
    best = sorted(packs, key=lambda pack: (pack.stand_in, -pack.recipe.dimensions, not _is_onnx(pack)))
    return [embedder(pack, threads, size) for pack in best for size in pack.sizes]


def _is_onnx(pack: Finder) -> bool:
    return isinstance(pack, EmbedderPack) and pack.model.suffix.lower() == ".onnx"


def embedder(pack: Finder, threads: int, dimensions: int | None = None) -> Embedder:
    """Make the embedder that runs a pack; loads nothing.

    Args:
        pack: the model.
        threads: of the processor that it may take.
        dimensions: of its vectors, one of the pack's sizes; None = the full ones.
    """
    if isinstance(pack, ServedEncoder):
        return ServedEmbedder(pack, dimensions)
    match pack.model.suffix.lower():
        case ".gguf":
            return LlamaCppEmbedder(pack, threads, dimensions)
        case ".safetensors":
            return TransformersEmbedder(pack, threads, dimensions)
        case _:
            return OnnxEmbedder(pack, threads, dimensions)
