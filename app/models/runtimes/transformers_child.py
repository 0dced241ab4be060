"""The child process that holds torch and a model of transformers; see `embedding_child`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.models.packs import WEIGHTS
from app.models.pooling import padded
from app.models.runtimes.embedding_child import Run, require_context, serve
from app.processes.parent_pipe import Line

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def original(folder: Path, truncation: int, attention: str = "sdpa", *, head: bool = False) -> "PreTrainedModel":
    """Load a model in 32 bits, by code of transformers alone.

    Args:
        folder: holds ``model.safetensors`` and ``config.json``.
        truncation: tokens that it must be able to read.
        attention: which of its equal forms is computed.
        head: with the layers that make scores of the last hidden state.

    Raises:
        ValueError: the weights are not whole, or it reads fewer tokens.
    """
    if os.environ.get("HF_HUB_OFFLINE") != "1":
        raise RuntimeError("transformers would ask the internet for models")
    import torch
    from transformers import AutoModel, AutoModelForSequenceClassification

    model: PreTrainedModel
    model, report = (AutoModelForSequenceClassification if head else AutoModel).from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
        attn_implementation=attention,
        output_loading_info=True,
    )
    # Weights that are not there would be drawn at random. Only the head uses the pooler's.
    missing = sorted(name for name in report["missing_keys"] if head or not name.startswith("pooler."))
    if missing:
        raise ValueError(f"{WEIGHTS} lacks {', '.join(missing)}")
    require_context(folder.name, truncation, model.config.max_position_embeddings)
    return model.eval()


def hidden_states(model: "PreTrainedModel", rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Run a model: rows of token numbers to its last hidden state, shape (rows, tokens of the longest, components)."""
    import torch

    ids, mask = (torch.from_numpy(part) for part in padded(rows))
    with torch.inference_mode():
        hidden: NDArray[np.float32] = model(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()
    return hidden


def _load(setup: Line) -> Run:
    import torch

    torch.set_num_threads(setup["threads"])
    model = original(Path(setup["model"]).parent, setup["recipe"]["truncation"])
    return lambda rows: hidden_states(model, rows)


if __name__ == "__main__":
    serve(_load)
