"""Tokens a second of the embedder, as a share of a bare ONNX Runtime loop on the same chunks.

python tests/bench/embedding.py ../shared/eval/cuad/pdfs [--texts N] [--rounds N]

The bare loop has the runtime's own defaults with as many threads, texts sorted by length, mean pooling, and whichever
batch size of BARE_BATCHES is fastest on this machine. Both tokenize. Rounds alternate, so that what else the machine
does meets both. Then: milliseconds for one short question, and what memory a long run takes.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import psutil

from app.documents.pool import ParserPool
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.models import tokenizing
from app.models.packs import EmbedderPack, starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder
from app.security import switches

BARE_BATCHES = (1, 2, 4, 8, 16, 32, 64)


def chunk_texts(folder: Path, number: int) -> list[str]:
    """Return the text of ``number`` chunks, drawn evenly from all documents of a folder."""
    with ParserPool(usable_threads()) as pool:
        results = pool.parse(sorted(folder.iterdir()), lambda _: False, CancelToken())
        documents = [result.document for batch in results for result in batch if result.document]
    texts = [chunk.text for document in documents for chunk in document.chunks]
    places = np.random.default_rng(0).permutation(len(texts))[:number]
    return [texts[place] for place in places]


def bare_loop(pack: EmbedderPack, threads: int) -> Callable[[Sequence[str], int], None]:
    """Load the model anew and return what embeds texts with it in batches of so many."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(pack.model), options)
    tokenizer = tokenizing.load(pack.vocabulary, pack.recipe.truncation)

    def embed(texts: Sequence[str], batch: int) -> None:
        encodings = sorted(tokenizer.encode_batch(list(texts)), key=len)
        for start in range(0, len(encodings), batch):
            rows = encodings[start : start + batch]
            ids = np.zeros((len(rows), len(rows[-1])), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, encoding in enumerate(rows):
                ids[row, : len(encoding)] = encoding.ids
                mask[row, : len(encoding)] = 1
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            hidden = session.run(None, feed)[0]
            means = (hidden * mask[:, :, np.newaxis]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            means / np.linalg.norm(means, axis=1, keepdims=True)

    return embed


def seconds(job: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def megabytes() -> int:
    """Resident memory of this process."""
    return int(psutil.Process().memory_info().rss) >> 20


def speed(texts: list[str], embedder: OnnxEmbedder, pack: EmbedderPack, rounds: int) -> None:
    """Print the ratio of each round and their median."""
    tokens = sum(batch.tokens for batch in embedder.embed_batches(texts))
    bare = bare_loop(pack, usable_threads())
    bare(texts[:64], 16)
    ratios = []
    for _ in range(rounds):
        ours = tokens / seconds(lambda: embedder.embed_documents(texts))
        rates = {batch: tokens / seconds(partial(bare, texts, batch)) for batch in BARE_BATCHES}
        best = max(rates, key=lambda batch: rates[batch])
        ratios.append(ours / rates[best])
        print(f"{ours:6.0f} tokens/s, bare {rates[best]:6.0f} in batches of {best}, ratio {ratios[-1]:.2f}", flush=True)
    print(
        f"ratio, median of {rounds} rounds over {len(texts)} chunks, {tokens} tokens: {statistics.median(ratios):.2f}"
    )


def memory(texts: list[str], embedder: OnnxEmbedder, runs: int) -> None:
    """Print resident memory after each of many calls with texts of all lengths."""
    chooser = np.random.default_rng(1)
    sizes = []
    for _ in range(runs):
        number = int(chooser.choice([1, 8, 64]))
        lengths = chooser.integers(1, 1000, number)
        embedder.embed_documents([text[:length] for text, length in zip(texts, lengths, strict=False)])
        sizes.append(megabytes())
    print(f"MB over {runs} calls: first {sizes[0]}, then at most {max(sizes)}, last {sizes[-1]}; ", end="")
    print(f"at most {max(sizes[: runs // 2])} in the first half, {max(sizes[runs // 2 :])} in the second")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=60)
    options = parser.parse_args()
    switches.apply()
    texts = chunk_texts(options.documents, options.texts)
    pack = starter_embedder()
    embedder = OnnxEmbedder(pack, usable_threads())
    question = ["How long is the notice period?"]
    print(f"before loading {megabytes()} MB")
    print(f"first question {seconds(lambda: embedder.embed_queries(question)):.2f} s, {megabytes()} MB")
    again = [1000 * seconds(lambda: embedder.embed_queries(question)) for _ in range(20)]
    print(f"a question: median {statistics.median(again):.1f} ms, slowest of 20 {max(again):.1f} ms")
    memory(texts, embedder, options.calls)
    speed(texts, embedder, pack, options.rounds)


if __name__ == "__main__":
    main()
