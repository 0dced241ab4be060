"""LoRA adapters for SmolLM2-135M or something of another size, as convert_lora_to_gguf.py of llama.cpp writes them."""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter

WIDTH = 576
"""Of SmolLM2-135M."""
_RANK = 4


def adapter(
    path: Path, *, change: float = 0.0, architecture: str = "llama", width: int = WIDTH, whole: bool = True
) -> Path:
    """Write an adapter of all queries of ten layers.

    Args:
        path: of the new file.
        change: how large its matrices B are; 0 = it changes nothing.
        architecture: of the model that it is for.
        width: of that model.
        whole: with the matrices B.

    Returns:
        ``path``.
    """
    draw = np.random.default_rng(7)
    writer = GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    writer.add_name("Legal English")
    for layer in range(10):
        name = f"blk.{layer}.attn_q.weight"
        writer.add_tensor(f"{name}.lora_a", draw.normal(size=(_RANK, width)).astype(np.float32))
        if whole:
            b = change * draw.normal(size=(width, _RANK))
            writer.add_tensor(f"{name}.lora_b", b.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
