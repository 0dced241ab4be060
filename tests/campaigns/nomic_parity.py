"""Whether every runtime gives the vectors of nomic-embed-text's full shape: cosines with the original, in three sizes.

python tests/campaigns/nomic_parity.py [--texts N] [--width N] [--layers N]

The weights (136.7 million) are random and seeded: the real ones are in no package registry. The original is
transformers with its own tokenizer and the steps that the authors publish. Takes about 20 minutes on two cores.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from gguf import GGMLQuantizationType

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from embedder_contract import cosines
from made_embedders import nomic_gguf, pack_of, sentence_transformers_folder
from original_nomic import NOMIC, OriginalNomic
from parity_texts import parity_texts

from app.domain.recipes import Recipe
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.canary import PROBES, sent, write_canary
from app.models.importing import source_of
from app.models.packs import EmbedderPack
from app.models.runtimes.embedding import embedder
from app.models.runtimes.onnx_export_child import OriginalEmbedder, translate
from app.models.store import Store
from app.security import switches

SAME, NEAR = 0.9999, 0.995
SOME = 10  # of the texts are sent as questions too, and in the smaller sizes


@dataclass(frozen=True, slots=True)
class Outcome:
    """Cosines of one runtime's vectors with the original's: the lowest and the median of all texts."""

    runtime: str
    dimensions: int
    lowest: float
    median: float
    bar: float


def outcomes(texts: list[str], width: int, layers: int, place: Path) -> Iterator[Outcome]:
    """Compare all runtimes, in all sizes, and yield what was found."""
    folder = sentence_transformers_folder(place / "nomic", width, layers)
    original = OriginalNomic(folder)
    recipe = replace(NOMIC, dimensions=width)
    canary = place / "canary.json"
    write_canary(canary, PROBES, np.array([original.vector(text, width) for text in sent(PROBES, recipe)]))
    for runtime, pack, bar in packs(folder, recipe, canary, place):
        for size in pack.sizes:
            # What is cut is cut from the same vectors: some texts are enough.
            documents, queries = texts if size == width else texts[:SOME], texts[:SOME]
            made = embedder(pack, usable_threads(), size)
            with closing(made):
                found = np.concatenate([made.embed_documents(documents), made.embed_queries(queries)])
            sent_texts = [recipe.document_prefix + text for text in documents]
            sent_texts += [recipe.query_prefix + text for text in queries]
            near = cosines(found, np.array([original.vector(text, size) for text in sent_texts]))
            yield Outcome(runtime, size, float(near.min()), float(np.median(near)), bar)


def packs(folder: Path, recipe: Recipe, canary: Path, place: Path) -> Iterator[tuple[str, EmbedderPack, float]]:
    """Make the model for each runtime: its name, the pack, and the bar that it has to reach."""
    yield "sentence-transformers folder", pack_of(folder / "model.safetensors", recipe, canary), SAME
    whole = place / "whole.onnx"
    translate(OriginalEmbedder(folder, recipe), whole)
    yield "ONNX fp32", pack_of(whole, recipe, canary), SAME
    installed = Store(place / "models").bring_in(source_of(str(folder), CancelToken()), ProgressSlot(), CancelToken())
    assert isinstance(installed.pack, EmbedderPack), installed.note
    yield "ONNX int8, as imported", installed.pack, NEAR
    for kind, bar in (("F32", SAME), ("F16", SAME), ("Q8_0", NEAR)):
        path = nomic_gguf(place / f"{kind}.gguf", folder, GGMLQuantizationType[kind])
        yield f"GGUF {kind}", pack_of(path, recipe, canary), bar


def main() -> None:
    """Compare, print, and fail where a bar is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--layers", type=int, default=12)
    options = parser.parse_args()
    switches.apply()
    missed = 0
    with TemporaryDirectory() as place:
        for found in outcomes(parity_texts(options.texts), options.width, options.layers, Path(place)):
            passed = found.lowest >= found.bar
            missed += not passed
            print(
                f"{'passed' if passed else 'FAILED'}  {found.runtime:30} {found.dimensions:4} dimensions: lowest "
                f"{found.lowest:.6f}, median {found.median:.6f}, bar {found.bar}",
                flush=True,
            )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
