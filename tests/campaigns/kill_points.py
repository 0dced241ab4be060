"""Kill `lectern ingest` at random moments, let it finish, and compare with a run that nobody killed.

python tests/campaigns/kill_points.py ../shared/eval/cuad/pdfs --moments 50
"""

import argparse
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# Reading and first writing take a small part of the time and are where most can go wrong.
EARLY_SHARE, EARLY_SECONDS = 0.4, 3.0


@dataclass(frozen=True)
class Outcome:
    """What a library holds in the end.

    ``texts`` is every chunk with its document; ``agree`` says that ledger and index hold the same vectors.
    """

    documents: int
    chunks: int
    vectors: int
    queued: int
    texts: frozenset[tuple[str, int, str]]
    agree: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    equal = run(options.documents, options.moments, options.seed)
    print(f"{equal} of {options.moments} equal to the run that nobody killed")
    return 0 if equal == options.moments else 1


def run(documents: Path, moments: int, seed: int) -> int:
    """Return how many of the killed and finished runs equal the clean one."""
    rng = random.Random(seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        finish(documents, Path(scratch) / "clean")
        duration = time.monotonic() - began
        clean = outcome(Path(scratch) / "clean")
        equal = 0
        for number in range(moments):
            late = number >= moments * EARLY_SHARE
            moment = rng.uniform(0, duration if late else min(EARLY_SECONDS, duration))
            library = Path(scratch) / f"killed-{number}"
            kill_after(documents, library, moment)
            finish(documents, library)
            same = outcome(library) == clean
            equal += same
            print(f"killed after {moment:6.2f} s of {duration:.1f}: {'equal' if same else 'DIFFERENT'}", flush=True)
            if not same:
                print(outcome(library), clean, sep="\n")
    return equal


def kill_after(documents: Path, library: Path, seconds: float) -> None:
    """Start an ingest and end it with SIGKILL after ``seconds``, unless it was faster."""
    process = subprocess.Popen(command(library, "ingest", documents), stdout=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def finish(documents: Path, library: Path) -> None:
    """Ingest to the end; skipped documents (exit code 1) are an outcome too."""
    code = subprocess.run(command(library, "ingest", documents), stdout=subprocess.DEVNULL, check=False).returncode
    if code not in (0, 1):
        raise RuntimeError(f"ingest ended with {code}")


def outcome(library: Path) -> Outcome:
    status = json.loads(subprocess.run(command(library, "status"), capture_output=True, check=True).stdout)
    with closing(sqlite3.connect(library / "ledger.sqlite")) as ledger:
        texts = ledger.execute(
            "SELECT d.sha256, c.ordinal, c.text_sha256 FROM chunks c JOIN documents d ON d.id = c.document_id"
        ).fetchall()
        waiting = ledger.execute("SELECT count(*) FROM chunks WHERE NOT in_index").fetchone()[0]
        words = ledger.execute("SELECT count(*) FROM words").fetchone()[0]
        ledger.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    agree = waiting == 0 and words == status["chunks"] == len(texts)
    return Outcome(status["documents"], status["chunks"], status["vectors"], status["queued"], frozenset(texts), agree)


def command(library: Path, name: str, *arguments: Path) -> list[str]:
    return [sys.executable, "-m", "app", name, "--library", str(library), "--json", *map(str, arguments)]


if __name__ == "__main__":
    sys.exit(main())
