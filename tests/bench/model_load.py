"""Seconds until a generator has its first token, beside llama.cpp alone in a process of its own.

python tests/bench/model_load.py [MODEL.gguf] [--rounds N]

In turns. Ours is not the first load, which hashes the file. The bare side imports llama-cpp-python and loads the same
file with the same settings, as its documentation shows.
"""

import argparse
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.security import switches  # noqa: E402

switches.apply()

from app.domain.fit import Settings  # noqa: E402
from app.domain.messages import Message  # noqa: E402
from app.hardware.cpu import usable_threads  # noqa: E402
from app.jobs.cancel import CancelToken  # noqa: E402
from app.models.files import Stamp, sha256_of  # noqa: E402
from app.models.packs import GeneratorPack, ModelFile, starter_generator  # noqa: E402
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator  # noqa: E402

BAR = 1.15
BARE = """
import sys
import llama_cpp
threads = int(sys.argv[2])
model = llama_cpp.Llama(
    sys.argv[1], n_ctx=4096, n_threads=threads, n_threads_batch=threads, flash_attn=True, verbose=False
)
next(model.generate(model.tokenize(b"Hello"), temp=0.0))
"""


@dataclass(frozen=True, slots=True)
class Remembers(FixedLoading):
    """Keeps the stamps of files, as the shelf does."""

    stamps: dict[Path, Stamp] = field(default_factory=dict)

    def stamp(self, file: ModelFile) -> Stamp | None:
        return self.stamps.get(file.path)

    def hashed(self, file: ModelFile, stamp: Stamp) -> None:
        self.stamps[file.path] = stamp


def ours(pack: GeneratorPack, loading: Remembers) -> float:
    generator = LlamaCppGenerator(pack, loading)
    began = perf_counter()
    list(generator.generate([Message("user", "Hello")], 1, CancelToken()))
    seconds = perf_counter() - began
    generator.close()
    return seconds


def bare(pack: GeneratorPack) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", BARE, str(pack.model), str(usable_threads())], check=True)
    return perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pack = starter_generator()
    if options.model is not None:
        pack = GeneratorPack("m", "m", (ModelFile(options.model, sha256_of(options.model)),), None, stand_in=False)
    loading = Remembers(Settings(4_096, 512, "f16", usable_threads()))
    print(f"first load, with the hash: {ours(pack, loading):.2f} s")
    pairs = [(ours(pack, loading), bare(pack)) for _ in range(options.rounds)]
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"ours {mine:.2f} s, llama.cpp alone {theirs:.2f} s; ratio {ratio:.2f} (bar {BAR})")
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
