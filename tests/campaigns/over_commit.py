"""Put Lectern into boxes of memory: what it recommends there must load and answer, or its refusal must be right.

python tests/campaigns/over_commit.py [--boxes 0.5 1 2 4 8 16]        GiB; needs root, for control groups

The models at hand are the starter and three made ones of 1, 3 and 8 thousand million parameters in 4 bits.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "models")]

from app.security import switches  # noqa: E402

switches.apply()

from made_gguf import Weights, make  # noqa: E402

from app.domain.fit import Settings  # noqa: E402
from app.jobs.cancel import CancelToken  # noqa: E402
from app.jobs.progress import ProgressSlot  # noqa: E402
from app.models.importing import source_of  # noqa: E402
from app.models.packs import starter_generator  # noqa: E402
from app.models.store import Store  # noqa: E402

GIB = 1 << 30
BOXES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
FAMILIES: tuple[tuple[str, Weights], ...] = (
    ("llama-3.2-1b", "Q4_K_M"),
    ("llama-3.2-3b", "Q4_K_M"),
    ("llama-3.1-8b", "Q4_K_M"),
)
# Of version 1 where there is one, else of version 2.
GROUPS = {"memory.limit_in_bytes": Path("/sys/fs/cgroup/memory"), "memory.max": Path("/sys/fs/cgroup")}

# Runs in the box: chooses as the program does, loads what is chosen and has it answer.
IN_THE_BOX = """
import json, sys
from pathlib import Path
from app.security import switches
switches.apply()
from app.bootstrap import open_shelf
from app.domain.errors import LecternError
from app.domain.messages import Message
from app.jobs.cancel import CancelToken
shelf = open_shelf(Path(sys.argv[1]))
choice = shelf.choose()
outcome = {"chosen": None, "why": choice.why, "room": shelf.room().memory, "answered": False, "fault": ""}
if choice.chosen is not None:
    pack, fit = choice.chosen.pack, choice.chosen.fit
    settings = fit.settings
    outcome |= {"chosen": pack.name, "foretold": fit.memory_bytes, "context": settings.context, "batch": settings.batch}
    generator = shelf.generator(pack)
    try:
        words = "The keeper counted the boxes and wrote the number down. " * 50
        list(generator.generate([Message("user", words)], 4, CancelToken()))
        outcome["answered"] = True
    except LecternError as error:
        outcome["fault"] = f"{error} {error.detail}"
    generator.close()
print(json.dumps(outcome))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in a box of so many bytes. ``killed``: the kernel ended a process there for want of memory."""

    size: int
    report: dict[str, Any]
    killed: bool

    def right(self, least: int) -> bool:
        """Whether it was right, where ``least`` bytes are what the smallest model takes with all that is beside it."""
        if self.killed:
            return False
        return bool(self.report["answered"]) if self.report["chosen"] else least > self.size


@contextmanager
def box(size: int) -> Iterator[Path]:
    """Make a control group with so many bytes, and take it away again."""
    limit, root = next((limit, root) for limit, root in GROUPS.items() if root.is_dir())
    folder = root / f"lectern-{size}-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / limit).write_text(str(size))
        yield folder
    finally:
        folder.rmdir()


def in_box(size: int, models: Path) -> Outcome:
    with box(size) as folder:
        script = f'echo $$ > {folder}/cgroup.procs && exec {sys.executable} -c "$SCRIPT" {models}'
        done = subprocess.run(
            ["sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, env={"SCRIPT": IN_THE_BOX}
        )
        events = folder / ("memory.events" if (folder / "memory.events").exists() else "memory.oom_control")
        kills = [line.split()[1] for line in events.read_text().splitlines() if line.startswith("oom_kill ")]
    report = (
        json.loads(done.stdout) if done.stdout.strip() else {"chosen": "?", "answered": False, "fault": done.stderr}
    )
    return Outcome(size, report, killed=kills != ["0"])


def models_in(folder: Path, families: Sequence[tuple[str, Weights]]) -> None:
    store = Store(folder / "models")
    for family, weights in families:
        path = make(folder / f"{family}.gguf", family, weights=weights)
        store.bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
        path.unlink()


def least_needed() -> int:
    """Return what the starter takes with the least settings, measured, beside the embedder and this program."""
    from app.hardware.cpu import usable_threads
    from app.models.fit import LEAST_CONTEXT
    from app.models.measuring import measure
    from app.models.memory import embedder_memory
    from app.models.packs import starter_embedder
    from app.models.runtimes.llama_cpp import FixedLoading

    settings = Settings(LEAST_CONTEXT, 128, "q8_0", usable_threads())
    generator = measure(starter_generator(), FixedLoading(settings), CancelToken()).memory_bytes
    size = starter_embedder().model.stat().st_size
    return generator + embedder_memory(size)


def run(boxes: Sequence[float], families: Sequence[tuple[str, Weights]], folder: Path) -> int:
    """Return in how many of the boxes it was right."""
    models_in(folder, families)
    least = least_needed()
    right = 0
    for gib in boxes:
        outcome = in_box(int(gib * GIB), folder / "models")
        (folder / "models" / "machine.json").unlink(missing_ok=True)
        right += outcome.right(least)
        word = "right" if outcome.right(least) else "WRONG"
        what = outcome.report["chosen"] or outcome.report["why"]
        print(f"{gib:5.2f} GiB {word}: {what} {outcome.report.get('context', '')} {outcome.report['fault'][-300:]}")
        sys.stdout.flush()
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boxes", type=float, nargs="+", default=BOXES, help="GiB")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        right = run(options.boxes, FAMILIES, Path(folder))
    print(f"{right} of {len(options.boxes)} right")
    return 0 if right == len(options.boxes) else 1


if __name__ == "__main__":
    sys.exit(main())
