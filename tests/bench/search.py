"""Milliseconds of a search and of an extractive answer in a large library, the question's embedding included.

PYTHONPATH=. python tests/bench/search.py ../shared/eval/squad [--chunks 100000] [--questions 300] [--keep DIR]

The library is made by the real ingest of files whose sentences are those of the set, mixed anew. Only their vectors are
drawn by chance, as to compute 100,000 takes an hour; those of the questions are real. Beside them, the time that SQLite
and Chroma alone take for the same questions, and that of searches within parts of the library: documents here and
there, not one after the other, which is the harder.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from app.answering.answerer import Answerer, AskMode
from app.documents.sentences import split
from app.domain.scope import Scope
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.batches import EmbeddedBatch
from app.models.packs import starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.word_vectors import signs, words_of
from app.retrieval import words
from app.retrieval.meaning import NEAREST
from app.retrieval.search import CANDIDATES, Searcher
from app.security import switches

_IN_FILE = 200  # chunks
_IN_CHUNK = 850  # characters


class Drawn(OnnxEmbedder):
    """Gives texts vectors by chance, and questions their own."""

    def embed_batches(self, texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        """Yield vectors, a text at a time."""
        drawn = np.random.default_rng(len(texts))
        for place, text in enumerate(texts):
            vector = drawn.standard_normal((1, self.dimensions)).astype(np.float32)
            of_words = signs(drawn.standard_normal((len(words_of(text)), self.dimensions)).astype(np.float32))
            yield EmbeddedBatch([place], vector / np.linalg.norm(vector), 1, [of_words])


def made(corpus: Path, folder: Path, chunks: int) -> list[Path]:
    """Write files of so many chunks in all, of the sentences of a corpus in another order."""
    folder.mkdir(parents=True)
    sentences = [
        record["text"][start:end]
        for record in map(json.loads, corpus.read_text("utf-8").splitlines())
        for start, end in split(record["text"], [], 600)
    ]
    drawn = random.Random(0)  # noqa: S311 - the same files in every run, and no secret
    files = []
    for number in range(0, chunks, _IN_FILE):
        paragraphs = []
        for _ in range(min(_IN_FILE, chunks - number)):
            paragraph = ""
            while len(paragraph) < _IN_CHUNK:
                paragraph += drawn.choice(sentences) + " "
            paragraphs.append(paragraph.strip())
        files.append(folder / f"{number}.txt")
        files[-1].write_text("\n\n".join(paragraphs), "utf-8")
    return files


def told(title: str, questions: Sequence[str], ask: Callable[[str], object]) -> None:
    """Ask each question, and print how long it took."""
    milliseconds = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        milliseconds.append(1000 * (time.perf_counter() - began))
    median, most = np.percentile(milliseconds, (50, 95))
    print(f"{title:28} {median:6.1f} ms median, {most:6.1f} ms p95", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="keep the library there, and use it the next time")
    options = parser.parse_args()
    switches.apply()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or Path(temporary)
        library = Library(place / "library", [Drawn(starter_embedder(), usable_threads())], "", usable_threads())
        if not library.passages():
            files = made(options.set / "corpus.jsonl", place / "documents", options.chunks)
            library.ingest(files, ProgressSlot(), CancelToken())
        size = sum(file.stat().st_size for file in (place / "library").rglob("*") if file.is_file())
        print(f"{library.passages():,} chunks, {size / 1e6:,.0f} MB", flush=True)
        records = map(json.loads, (options.set / "queries.jsonl").read_text("utf-8").splitlines())
        asked = [record["text"] for record in records][: options.questions]
        searcher, space = Searcher(library), library.space
        if space is None:
            raise RuntimeError("There is no embedder.")
        searcher.search("Is everything loaded?", 1)
        told("SQLite alone", asked, lambda question: library.find_words(words.expression(question), CANDIDATES))
        vectors = {question: space.of_question(question).vector for question in asked}
        told("Chroma alone", asked, lambda question: space.nearest(vectors[question], NEAREST))
        again = [f"{question} " for question in asked]  # whose vectors are not remembered
        told("search", again, lambda question: searcher.search(question, 10))
        paths = [entry.path for entry in library.entries()]
        for every in (100, 10, 2):
            scope = Scope(documents=tuple(paths[::every]))
            within = [f"{question}{' ' * (every + 1)}" for question in asked]
            searcher.search("Is everything loaded?", 1, scope)
            told(f"search in 1/{every} of them", within, partial(searcher.search, top=10, scope=scope))
        answerer = Answerer(searcher, None)
        last = [f" {question}" for question in asked]
        told("extractive answer", last, lambda question: answerer.ask(question, AskMode.EXTRACTIVE, CancelToken()))
        library.close()


if __name__ == "__main__":
    main()
