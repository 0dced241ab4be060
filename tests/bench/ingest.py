"""Tokens a second of a whole ingest, as a share of the bare embedder on the same chunks.

python tests/bench/ingest.py ../shared/eval/cuad/pdfs [--runs N]

The bare embedder is ours, loaded, with all the chunks given at once and nothing else to do.
`tests/bench/embedding.py` puts it beside a plain ONNX Runtime loop.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.contents import embedding_text
from app.library.library import Library
from app.models.packs import starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder
from app.security import switches


def lectern(documents: Path) -> tuple[float, list[str]]:
    """Ingest; return tokens a second, models' loading included, and the texts that were embedded."""
    embedder = OnnxEmbedder(starter_embedder(), usable_threads())
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), [embedder], "", usable_threads())
        report = library.ingest([documents], ProgressSlot(), CancelToken())
        ids = [key for key, _ in library.find_words("the OR a OR of OR and OR to OR in", 1_000_000)]
        texts = [embedding_text(stored.chunk.heading, stored.chunk.text) for stored in library.chunks(ids)]
        library.close()
    return report.tokens / report.seconds.total, texts


def bare(texts: list[str]) -> float:
    """Embed ``texts`` with a loaded model; return tokens a second."""
    embedder = OnnxEmbedder(starter_embedder(), usable_threads())
    embedder.embed_documents(["warm up"])
    began = time.perf_counter()
    tokens = sum(batch.tokens for batch in embedder.embed_batches(texts))
    return tokens / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    switches.apply()
    ratios: list[float] = []
    for _ in range(options.runs):
        ours, texts = lectern(options.documents)
        raw = bare(texts)
        ratios.append(ours / raw)
        print(f"{ours:6.0f} tokens/s end to end, {raw:6.0f} bare ({len(texts)} texts), ratio {ratios[-1]:.2f}")
    print(f"ratio, median of {len(ratios)}: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
