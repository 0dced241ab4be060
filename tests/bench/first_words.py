"""Seconds until a model's first words, beside llama.cpp alone on the same prompt in a process of its own.

python tests/bench/first_words.py [MODEL.gguf] [--rounds N]

In turns, both loaded and warmed up. Each round has passages of its own, about 1,500 tokens, and two questions on them.
The bare side is told the same by llama-cpp-python's chat completion, as its documentation shows, and keeps what it has
read as well. Also: how long the second question takes as a share of the first, and how soon Stop is obeyed while the
model reads.
"""

import argparse
import json
import statistics
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.security import switches  # noqa: E402

switches.apply()

from app.answering import citing, generation, prompt  # noqa: E402
from app.domain.answers import Passage  # noqa: E402
from app.domain.documents import Chunk, Span  # noqa: E402
from app.domain.errors import Cancelled  # noqa: E402
from app.domain.fit import Settings  # noqa: E402
from app.hardware.cpu import usable_threads  # noqa: E402
from app.jobs.cancel import CancelToken  # noqa: E402
from app.models.files import sha256_of  # noqa: E402
from app.models.fit import Room, fit  # noqa: E402
from app.models.gguf import read_header  # noqa: E402
from app.models.packs import GeneratorPack, ModelFile, starter_generator  # noqa: E402
from app.models.runtimes.calibration import measure_kernels  # noqa: E402
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator  # noqa: E402
from app.models.shape import shape_of  # noqa: E402
from app.models.weights import weights_of  # noqa: E402

BAR, SECOND_BAR, STOP_BAR = 1.10, 0.35, 0.2
CONTEXT = 2_048
WORDS = "the mill stands by river since it was built and ground barley until harbour froze over in winter"
BARE = """
import json, sys
from time import perf_counter
import llama_cpp
threads = int(sys.argv[2])
model = llama_cpp.Llama(
    sys.argv[1], n_ctx=2048, n_threads=threads, n_threads_batch=threads, flash_attn=True, verbose=False
)
for line in sys.stdin:
    began = perf_counter()
    for piece in model.create_chat_completion(json.loads(line), max_tokens=1, temperature=0.0, stream=True):
        if "content" in piece["choices"][0]["delta"]:
            break
    print(perf_counter() - began, flush=True)
"""


class Bare:
    """llama-cpp-python alone."""

    def __init__(self, model: Path) -> None:
        command = [sys.executable, "-c", BARE, str(model), str(usable_threads())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, told: prompt.Prompt) -> float:
        messages = [{"role": message.role, "content": message.content} for message in told.messages]
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(messages) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def passages(number: int) -> list[Passage]:
    found = []
    for ordinal in range(12):
        sentences = [f"In {1_000 + 100 * number + 6 * ordinal + place} {WORDS}." for place in range(6)]
        text = " ".join(sentences)
        ends = [text.index(sentence) + len(sentence) for sentence in sentences]
        places = tuple(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))
        chunk = Chunk(ordinal, text, (Span(1, 0, len(text)),), places)
        found.append(Passage(ordinal, f"{number:04}", "a.txt", "Of the mill", chunk, 1.0, 1.0, 0.5))
    return found


def chosen(pack: GeneratorPack) -> Settings:
    """Return the settings that Lectern chooses for a model here, but for the context."""
    kernels = measure_kernels(usable_threads(), CancelToken())
    header = read_header(pack.model)
    shape = shape_of(header)
    found = fit(shape, weights_of(header, shape), Room(16 << 30, usable_threads()), kernels)
    return replace(found.settings, context=CONTEXT)


def ours(generator: LlamaCppGenerator, question: str, found: list[Passage]) -> float:
    began = perf_counter()
    told = prompt.build(question, found)
    grammar = citing.grammar(len(told.sentences), generation.MOST_SENTENCES)
    pieces = generator.generate(told.messages, generation.MOST_TOKENS, CancelToken(), grammar=grammar)
    next(pieces)
    seconds = perf_counter() - began
    pieces.close()
    return seconds


def stop(generator: LlamaCppGenerator, found: list[Passage]) -> float:
    """Stop while the model reads; return the seconds until it is obeyed."""
    cancel, asked = CancelToken(), list[float]()

    def ask() -> None:
        asked.append(perf_counter())
        cancel.cancel()

    timer = threading.Timer(0.05, ask)
    timer.start()
    with suppress(Cancelled):
        list(generator.generate(prompt.build("Why?", found).messages, generation.MOST_TOKENS, cancel))
    timer.join()
    return perf_counter() - asked[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    pack = starter_generator()
    if options.model is not None:
        pack = GeneratorPack("m", "m", (ModelFile(options.model, sha256_of(options.model)),), None, stand_in=False)
    generator = LlamaCppGenerator(pack, FixedLoading(chosen(pack)))
    bare = Bare(pack.model)
    firsts, seconds = [], []
    try:
        generation.warm_up(generator, CancelToken())
        bare.seconds(prompt.build("", ()))
        for number in range(options.rounds):
            found = passages(number)
            taken = [(ours(generator, question, found), bare.seconds(prompt.build(question, found))) for question in
                     ("Who built the mill?", "When did the harbour freeze over?")]  # fmt: skip
            firsts.append(taken[0])
            seconds.append(taken[1])
        stops = [stop(generator, passages(1_000 + number)) for number in range(options.rounds)]
    finally:
        generator.close()
        bare.close()
    ratio = statistics.median(mine / theirs for mine, theirs in firsts)
    second = statistics.median(later[0] / first[0] for first, later in zip(firsts, seconds, strict=True))
    mine, theirs = (statistics.median(side) for side in zip(*firsts, strict=True))
    print(f"first words: ours {mine:.2f} s, llama.cpp alone {theirs:.2f} s; ratio {ratio:.2f} (bar {BAR})")
    print(f"second question on the same passages ÷ first: {second:.2f} (bar {SECOND_BAR})")
    print(f"Stop while it reads: {1_000 * max(stops):.0f} ms at worst (bar {1_000 * STOP_BAR:.0f})")
    return 0 if ratio <= BAR and second <= SECOND_BAR and max(stops) <= STOP_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
