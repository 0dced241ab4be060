"""The child process that makes an 8-bit ONNX file of a model of transformers, and holds it to what the original says.

First comes the setup, ``{"folder", "out", "recipe", "truncation"}``, of an embedder with its recipe and of a reranker
with its truncation, the other null; then one question. The replies are ``{"step"}``, what is done next, and at the end
``{"fault"}``, empty where ``model.onnx`` stands in ``out``. Where the folder has no canary, one is made of the
original, by its own tokenizer, and stands in ``out`` even if there is no ONNX file.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models import tokenizing
from app.models.canary import PROBES, check_canary, read_canary, sent, write_canary
from app.models.packs import CANARY, CONFIG, EXPORTED, TOKENIZER, VOCABULARY, EmbedderPack, RerankerPack
from app.models.pair_canary import PAIR_PROBES, check_pair_canary, read_pair_canary, write_pair_canary
from app.models.pooling import padded, text_vectors
from app.models.reranker import canary_scores
from app.models.runtimes import onnx
from app.models.runtimes.transformers_child import hidden_states, original
from app.processes.parent_pipe import ParentPipe
from app.security.isolation import limit_resources

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Cosines to the original: of the same numbers in another order, and of weights in 8 bits.
FULL, EIGHT_BITS = 0.9999, 0.995
# The same of scores: the largest difference as a share of their standard deviation. With the weights whole, a mark too
# many or too few, another cut, or token types left out show (0.03 and more, measured).
_FULL_SCORES, _EIGHT_BIT_SCORES = 0.001, 0.2
_OPSET = 20
# Address space: libraries, and the weights in torch, as ONNX, and while they are rewritten (5 times, measured).
_LIBRARIES, _COPIES = 12 << 30, 10
_SECONDS = 3_600  # of processor time


class Original(Protocol):
    """A model as it came."""

    @property
    def inputs(self) -> Sequence[str]:
        """Names of what it reads."""

    def load(self, attention: str) -> "PreTrainedModel":
        """Load it; ``attention``: which of its equal forms is computed."""

    def write_canary(self, path: Path) -> None:
        """Store what it says of the probes, by its own tokenizer."""

    def check(self, model: Path, canary: Path, *, whole: bool) -> None:
        """Compare an ONNX file with a canary, by the tokenizer and the runtime that it will have.

        Args:
            model: the file.
            canary: of the original.
            whole: its weights are those of the original, not in 8 bits.

        Raises:
            EnvironmentFault: they differ, or it does not run.
        """


def main() -> None:
    """Export, check, end."""
    parent = ParentPipe()
    parent.listen()
    setup = parent.next()
    folder, out = Path(setup["folder"]), Path(setup["out"])
    recipe, truncation = setup["recipe"], setup["truncation"]
    model = _Reranker(folder, truncation) if recipe is None else OriginalEmbedder(folder, Recipe(**recipe))
    size = sum(path.stat().st_size for path in folder.iterdir())
    limit_resources(memory_bytes=_LIBRARIES + _COPIES * size, cpu_seconds=_SECONDS)
    parent.send({"ready": True})
    number = parent.next()["id"]
    try:
        _export(model, folder, out, lambda step: parent.send({"id": number, "step": step}))
        fault = ""
    except EnvironmentFault as error:
        fault = f"{error.summary} {error.detail}"
    except Exception as error:  # noqa: BLE001 - torch and onnx raise any; the model then runs as it came
        fault = repr(error)
    parent.send({"id": number, "fault": fault[:500]})
    os._exit(0)


def _export(model: Original, folder: Path, out: Path, tell: Callable[[str], None]) -> None:
    tell("reading the original")
    canary = folder / CANARY
    if not canary.is_file():
        canary = out / CANARY
        model.write_canary(canary)
    tell("translating")
    whole, small = out / "whole.onnx", out / EXPORTED
    translate(model, whole)
    tell("checking")
    model.check(whole, canary, whole=True)
    tell("making it small and fast")
    _quantise(whole, small)
    whole.unlink()
    tell("checking again")
    try:
        model.check(small, canary, whole=False)
    except EnvironmentFault:
        small.unlink()
        raise


def translate(model: Original, out: Path) -> None:
    """Write a model of transformers as an ONNX file of full precision, for any number and length of rows."""
    import torch
    from torch.export import Dim

    # A fused attention comes out as more steps than the plain one.
    loaded = model.load("eager")
    # Of its outputs only the first is wanted: the last hidden state, or the scores.
    loaded.config.return_dict = False
    # Neither size may be 1, which would be taken for a constant; and a padded row brings the mask to bear.
    examples = {
        "input_ids": torch.ones((2, 9), dtype=torch.int64),
        "attention_mask": torch.tensor([[1] * 9, [1] * 5 + [0] * 4]),
        "token_type_ids": torch.tensor([[0] * 4 + [1] * 5] * 2),
    }
    torch.onnx.export(
        loaded,
        (),
        out,
        kwargs={name: examples[name] for name in model.inputs},
        input_names=list(model.inputs),
        output_names=["output"],
        dynamic_shapes={name: {0: Dim.DYNAMIC, 1: Dim.DYNAMIC} for name in model.inputs},
        opset_version=_OPSET,
        external_data=False,
        verbose=False,
    )


def _quantise(whole: Path, out: Path) -> None:
    import onnx as onnx_format
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx_format.load(whole)
    # It turns the weights of the head round, and then stumbles over the shapes that are noted for them.
    del model.graph.value_info[:]
    quantize_dynamic(model, out, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def _tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


class OriginalEmbedder:
    """An embedder as its makers have it."""

    inputs = ("input_ids", "attention_mask")

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._folder = folder
        self._recipe = recipe

    def load(self, attention: str) -> "PreTrainedModel":
        """See `Original.load`."""
        return original(self._folder, self._recipe.truncation, attention)

    def write_canary(self, path: Path) -> None:
        """See `Original.write_canary`."""
        model, recipe = self.load("sdpa"), self._recipe
        texts = sent(PROBES, recipe)
        rows = _tokenizer(self._folder)(texts, truncation=True, max_length=recipe.truncation)["input_ids"]
        vectors = [text_vectors(hidden_states(model, [row]), padded([row])[1], recipe) for row in rows]
        write_canary(path, PROBES, np.concatenate(vectors))

    def check(self, model: Path, canary: Path, *, whole: bool) -> None:
        """See `Original.check`."""
        vocabulary = self._folder / VOCABULARY
        pack = EmbedderPack(
            id="export",
            name=model.name,
            model=model,
            sha256="",
            vocabulary=vocabulary,
            recipe=self._recipe,
            canary=canary,
            stand_in=False,
        )
        engine = onnx.load(pack)
        known = read_canary(canary)
        rows = tokenizing.rows(tokenizing.load(vocabulary, self._recipe.truncation), known.sent(self._recipe))
        vectors = np.concatenate([engine.encode([row]).vectors for row in rows])
        check_canary(known, vectors, model.name, FULL if whole else EIGHT_BITS)


class _Reranker:
    def __init__(self, folder: Path, truncation: int) -> None:
        self._folder = folder
        self._truncation = truncation
        words = folder / VOCABULARY
        self._vocabulary = words if words.is_file() else folder / TOKENIZER

    @property
    def inputs(self) -> Sequence[str]:
        # XLM-R does not tell the question from the passage but by the marks between them.
        kinds = json.loads((self._folder / CONFIG).read_bytes()).get("type_vocab_size", 1)
        return ("input_ids", "attention_mask", *(["token_type_ids"] if kinds > 1 else []))

    def load(self, attention: str) -> "PreTrainedModel":
        return original(self._folder, self._truncation, attention, head=True)

    def write_canary(self, path: Path) -> None:
        import torch

        model, tokenizer = self.load("sdpa"), _tokenizer(self._folder)
        scores = []
        for question, passage in PAIR_PROBES:
            # Not in lists, an empty passage would count as none.
            row = tokenizer([question], [passage], truncation=True, max_length=self._truncation, return_tensors="pt")
            with torch.inference_mode():
                scores.append(model(**row).logits[0].numpy())
        write_pair_canary(path, PAIR_PROBES, np.concatenate(scores))

    def check(self, model: Path, canary: Path, *, whole: bool) -> None:
        pack = RerankerPack("export", model.name, model, "", self._vocabulary, self._truncation, canary)
        engine, known = onnx.load_reranker(pack), read_pair_canary(canary)
        scores = canary_scores(known, tokenizing.load(self._vocabulary, self._truncation), self._truncation, engine)
        check_pair_canary(known, scores, model.name, _FULL_SCORES if whole else _EIGHT_BIT_SCORES)


if __name__ == "__main__":
    main()
