"""The child process that makes an 8-bit ONNX file of a model of transformers, and holds it to the original's vectors.

First comes the setup, ``{"folder", "out", "recipe"}``, then one question. The replies are ``{"step"}``, what is done
next, and at the end ``{"fault"}``, empty where ``model.onnx`` stands in ``out``. Where the folder has no canary, one is
made of the original, by its own tokenizer, and stands in ``out`` even if there is no ONNX file.
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models import wordpiece
from app.models.canary import PROBES, check_canary, read_canary, sent, write_canary
from app.models.embedder import rows_of
from app.models.packs import CANARY, EXPORTED, VOCABULARY, EmbedderPack
from app.models.pooling import padded, text_vectors
from app.models.runtimes import onnx
from app.models.runtimes.transformers_child import hidden_states, original
from app.processes.parent_pipe import ParentPipe
from app.security.isolation import limit_resources

# Cosines to the original: of the same numbers in another order, and of weights in 8 bits.
FULL, EIGHT_BITS = 0.9999, 0.995
_OPSET = 20
# Address space: libraries, and the weights in torch, as ONNX, and while they are rewritten (5 times, measured).
_LIBRARIES, _COPIES = 12 << 30, 10
_SECONDS = 3_600  # of processor time


def main() -> None:
    """Export, check, end."""
    parent = ParentPipe()
    parent.listen()
    setup = parent.next()
    folder, out, recipe = Path(setup["folder"]), Path(setup["out"]), Recipe(**setup["recipe"])
    size = sum(path.stat().st_size for path in folder.iterdir())
    limit_resources(memory_bytes=_LIBRARIES + _COPIES * size, cpu_seconds=_SECONDS)
    parent.send({"ready": True})
    number = parent.next()["id"]
    try:
        _export(folder, out, recipe, lambda step: parent.send({"id": number, "step": step}))
        fault = ""
    except EnvironmentFault as error:
        fault = f"{error.summary} {error.detail}"
    except Exception as error:  # noqa: BLE001 - torch and onnx raise any; the model then runs as it came
        fault = repr(error)
    parent.send({"id": number, "fault": fault[:500]})
    os._exit(0)


def _export(folder: Path, out: Path, recipe: Recipe, tell: Callable[[str], None]) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    tell("reading the original")
    canary = folder / CANARY
    if not canary.is_file():
        canary = out / CANARY
        write_canary(canary, PROBES, _original_vectors(folder, recipe))
    tell("translating")
    whole, small = out / "whole.onnx", out / EXPORTED
    translate(folder, recipe, whole)
    tell("checking")
    _check(whole, folder, canary, recipe, FULL)
    tell("making it small and fast")
    quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    tell("checking again")
    try:
        _check(small, folder, canary, recipe, EIGHT_BITS)
    except EnvironmentFault:
        small.unlink()
        raise


def _original_vectors(folder: Path, recipe: Recipe) -> NDArray[np.float32]:
    from transformers import AutoTokenizer

    model = original(folder, recipe.truncation)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    texts = sent(PROBES, recipe)
    rows = tokenizer(texts, truncation=True, max_length=recipe.truncation)["input_ids"]
    return np.concatenate([text_vectors(hidden_states(model, [row]), padded([row])[1], recipe) for row in rows])


def translate(folder: Path, recipe: Recipe, out: Path) -> None:
    """Write a model of transformers as an ONNX file of full precision, for any number and length of rows."""
    import torch
    from torch.export import Dim

    # A fused attention comes out as more steps than the plain one.
    model = original(folder, recipe.truncation, "eager")
    # Of its outputs only the first is wanted, which is the last hidden state.
    model.config.return_dict = False
    # Neither size may be 1, which would be taken for a constant; and a padded row brings the mask to bear.
    ids = torch.ones((2, 9), dtype=torch.int64)
    mask = torch.tensor([[1] * 9, [1] * 5 + [0] * 4])
    any_size = {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}
    torch.onnx.export(
        model,
        (),
        out,
        kwargs={"input_ids": ids, "attention_mask": mask},
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_shapes={"input_ids": any_size, "attention_mask": any_size},
        opset_version=_OPSET,
        external_data=False,
        verbose=False,
    )


def _check(model: Path, folder: Path, canary: Path, recipe: Recipe, lowest: float) -> None:
    """Compare an ONNX file with the original's vectors, by the tokenizer and the runtime that it will have.

    Raises:
        EnvironmentFault: they differ, or it does not run.
    """
    pack = EmbedderPack(
        id="export",
        name=model.name,
        model=model,
        sha256="",
        vocabulary=folder / VOCABULARY,
        recipe=recipe,
        canary=canary,
        stand_in=False,
    )
    engine = onnx.load(pack)
    known = read_canary(canary)
    rows = rows_of(wordpiece.load(pack.vocabulary, recipe.truncation), known.sent(recipe))
    check_canary(known, np.concatenate([engine.vectors([row]) for row in rows]), model.name, lowest)


if __name__ == "__main__":
    main()
