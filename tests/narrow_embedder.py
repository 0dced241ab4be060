"""The starter embedder made to find everything alike, as many larger ones do: unrelated texts by 0.5 instead of 0.1."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.models.canary import PROBES, sent, write_canary
from app.models.files import sha256_of
from app.models.packs import EmbedderPack, starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder

_LAST_BIAS = "layer.5.output.LayerNorm.bias"
_SHIFT = 4.0
"""Length of what is added to the vector of every token; they are about 5 long themselves."""


def narrow_pack(folder: Path) -> EmbedderPack:
    """Write the model with one more constant in its last layer, and its canary, into a folder; return its pack."""
    onnx = pytest.importorskip("onnx", reason="the extra `sentence-transformers` is not installed")
    starter, model = starter_embedder(), folder / "model.onnx"
    graph = onnx.load(str(starter.model))
    (bias,) = (one for one in graph.graph.initializer if one.name.endswith(_LAST_BIAS))
    known = onnx.numpy_helper.to_array(bias)
    added = np.random.default_rng(1).standard_normal(known.shape).astype(np.float32)
    bias.CopyFrom(onnx.numpy_helper.from_array(known + added * (_SHIFT / np.linalg.norm(added)), bias.name))
    onnx.save(graph, str(model))
    pack = replace(
        starter,
        id="narrow",
        name="Narrow",
        stand_in=False,
        model=model,
        sha256=sha256_of(model),
        canary=folder / "canary.json",
    )
    write_canary(pack.canary, PROBES, OnnxEmbedder(pack, 1).vectors_unchecked(sent(PROBES, pack.recipe)))
    return pack
