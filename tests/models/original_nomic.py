"""The vectors of nomic's architecture as its authors describe them, by none of Lectern's code."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.models.packs import starter_embedder

if TYPE_CHECKING:
    from torch import Tensor

NOMIC = Recipe("search_document: ", "search_query: ", "mean", True, True, 768, 2048)
"""The recipe of nomic-embed-text-v1.5."""


class OriginalNomic:
    """A model of nomic's architecture as its authors describe its use, with transformers' own tokenizer."""

    def __init__(self, folder: Path) -> None:
        from transformers import BertTokenizer, NomicBertModel

        self._known: dict[str, Tensor] = {}
        self._model = NomicBertModel.from_pretrained(folder).eval()
        pieces = starter_embedder().vocabulary.read_text("utf-8").splitlines()
        self._tokenizer = BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})

    def vector(self, text: str, dimensions: int) -> NDArray[np.float32]:
        from torch.nn import functional

        pooled = self._pooled(text)
        scaled = functional.layer_norm(pooled, normalized_shape=(pooled.shape[1],))
        vector: NDArray[np.float32] = functional.normalize(scaled[:, :dimensions], p=2, dim=1)[0].numpy()
        return vector

    def _pooled(self, text: str) -> "Tensor":
        import torch

        if text in self._known:
            return self._known[text]
        tokens = self._tokenizer(text, truncation=True, max_length=2048, split_special_tokens=True, return_tensors="pt")
        with torch.inference_mode():
            pooled = self._model(input_ids=tokens["input_ids"]).last_hidden_state.mean(1)
        return self._known.setdefault(text, pooled)
