"""The child process that holds torch and a model of transformers; see `embedding_child`."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.models.pooling import padded
from app.models.runtimes.embedding_child import Run, require_context, serve
from app.processes.parent_pipe import Line


def _load(setup: Line) -> Run:
    if os.environ.get("HF_HUB_OFFLINE") != "1":
        raise RuntimeError("transformers would ask the internet for models")
    import torch
    from transformers import AutoModel

    torch.set_num_threads(setup["threads"])
    folder = Path(setup["model"]).parent
    model = AutoModel.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
    ).eval()
    require_context(setup["model"], setup["recipe"]["truncation"], model.config.max_position_embeddings)

    def run(rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        ids, mask = (torch.from_numpy(part) for part in padded(rows))
        with torch.inference_mode():
            hidden: NDArray[np.float32] = model(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()
        return hidden

    return run


if __name__ == "__main__":
    serve(_load)
