"""Pages a second through the parser pool against bare pypdfium2 text in as many processes.

    python -m tests.bench.parser_pool FOLDER [--workers 2] [--rounds 5]

Both read the same PDFs in the same run, turn about. "cold" counts the start of the processes, "warm" does not.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from app.documents.pool import ParserPool
from app.jobs.cancel import CancelToken

_BARE = """
import sys
import pypdfium2
print("ready", flush=True)
for line in sys.stdin:
    pages = 0
    document = pypdfium2.PdfDocument(open(line.rstrip("\\n"), "rb").read())
    for page in document:
        page.get_textpage().get_text_range()
        pages += 1
    print(pages, flush=True)
"""


def bare(files: list[Path], workers: int) -> tuple[int, float, float]:
    """Return pages, and seconds with and without the start of the processes; each is given its share at once."""
    began = perf_counter()
    children = [
        subprocess.Popen([sys.executable, "-c", _BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    ready = perf_counter()
    for number, child in enumerate(children):
        assert child.stdin is not None
        child.stdin.write("".join(f"{file}\n" for file in files[number::workers]))
        child.stdin.close()
    pages = sum(sum(map(int, child.stdout)) for child in children if child.stdout)
    ended = perf_counter()
    for child in children:
        child.wait()
        if child.stdout:
            child.stdout.close()
    return pages, ended - began, ended - ready


def pooled(files: list[Path], workers: int) -> tuple[int, float, float]:
    """Return pages, and seconds with and without the start of the processes."""
    began = perf_counter()
    with ParserPool(workers) as pool:
        # A file of each worker's own makes it import the parser.
        for _ in pool.parse(files[:workers], lambda _: False, CancelToken()):
            pass
        ready = perf_counter()
        results = [result for group in pool.parse(files, lambda _: False, CancelToken()) for result in group]
        warm = perf_counter() - ready
    with_start = perf_counter()
    with ParserPool(workers) as pool:
        results = [result for group in pool.parse(files, lambda _: False, CancelToken()) for result in group]
        cold = perf_counter() - with_start
    assert began < with_start
    assert not [result.fault for result in results if result.fault]
    return sum(len(result.document.pages) for result in results if result.document), cold, warm


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    files = sorted(options.folder.rglob("*.pdf"), key=lambda file: file.stat().st_size)
    rounds = [(bare(files, options.workers), pooled(files, options.workers)) for _ in range(options.rounds)]
    pages = rounds[0][0][0]
    for name, at in (("cold", 1), ("warm", 2)):
        first, second = (median(one[side][at] for one in rounds) for side in (0, 1))
        line = f"bare {pages / first:.0f} pages/s, pool {pages / second:.0f} pages/s, ratio {first / second:.2f}\n"
        sys.stdout.write(f"{name}: {line}")


if __name__ == "__main__":
    main()
