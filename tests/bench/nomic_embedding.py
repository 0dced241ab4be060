"""Embedding speed of nomic-embed-text's shape: what `models import` makes of its folder ÷ sentence-transformers fp32.

python tests/bench/nomic_embedding.py [--texts N] [--rounds N]

The weights (136.7 million) are random and seeded: they are in no package registry, and speed does not depend on them.
Both get the same texts, from one sentence to 400 words, with the same tokenizer, and as many threads as there are;
sentence-transformers in the best of several batch sizes. They run in turns.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from made_embedders import sentence_transformers_folder

from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.embedder import Embedder
from app.models.importing import source_of
from app.models.packs import EmbedderPack
from app.models.runtimes.embedding import embedder as embedder_of
from app.models.store import Store
from app.security import switches

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCHES = (4, 16)
WIDTH, LAYERS = 768, 12


def realistic_texts(pack: EmbedderPack, number: int) -> list[str]:
    """Draw texts of whole words from the vocabulary: lengths as chunks have them, most of 100 to 300 words."""
    chooser = np.random.default_rng(0)
    pieces = pack.vocabulary.read_text("utf-8").splitlines()
    words = [piece for piece in pieces if piece.isascii() and piece.isalpha() and len(piece) > 2]
    lengths = chooser.triangular(8, 200, 400, number).astype(int)
    return [" ".join(chooser.choice(words, length)) for length in lengths]


def seconds_of_import(folder: Path, store: Store) -> tuple[Embedder, EmbedderPack, float]:
    """Bring the folder in as a user does."""
    began = time.perf_counter()
    installed = store.bring_in(source_of(str(folder), CancelToken()), ProgressSlot(), CancelToken())
    if installed.note or not isinstance(installed.pack, EmbedderPack):
        raise SystemExit(installed.note)
    return embedder_of(installed.pack, usable_threads()), installed.pack, time.perf_counter() - began


def seconds(job: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def compare(ours: Embedder, theirs: "SentenceTransformer", texts: list[str], rounds: int) -> None:
    """Print the ratio of each round and their median."""
    prefixed = [ours.recipe.document_prefix + text for text in texts]
    tokens = sum(batch.tokens for batch in ours.embed_batches(texts))
    encode = partial(theirs.encode, prefixed, show_progress_bar=False)
    ratios = []
    for _ in range(rounds):
        mine = tokens / seconds(partial(ours.embed_documents, texts))
        rates = {batch: tokens / seconds(partial(encode, batch_size=batch)) for batch in BATCHES}
        best = max(rates, key=lambda batch: rates[batch])
        ratios.append(mine / rates[best])
        print(f"{mine:6.0f} tokens/s, sentence-transformers {rates[best]:6.0f} in batches of {best}", flush=True)
    print(f"ratio, median of {rounds} over {len(texts)} texts, {tokens} tokens: {statistics.median(ratios):.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    switches.apply()
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(usable_threads())
    with TemporaryDirectory() as place:
        folder = sentence_transformers_folder(Path(place) / "nomic", WIDTH, LAYERS)
        ours, pack, took = seconds_of_import(folder, Store(Path(place) / "models"))
        print(f"imported in {took:.0f} s: {pack.model.stat().st_size >> 20} MB")
        theirs = SentenceTransformer(str(folder), device="cpu")
        theirs.max_seq_length = ours.recipe.truncation
        with closing(ours):
            compare(ours, theirs, realistic_texts(pack, options.texts), options.rounds)


if __name__ == "__main__":
    main()
