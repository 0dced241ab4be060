"""Pages a second until searchable by words, as a share of bare pypdfium2 text in as many processes.

python tests/bench/words_at_once.py ../shared/eval/cuad/pdfs [--copies N] [--runs N]

Both sides read the same files, start their own processes within the measured time, and take turns.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.security import switches


def bare(file: Path) -> int:
    """Read the text of every page and return how many there were."""
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


def bare_pages_a_second(files: list[Path], workers: int) -> float:
    began = time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        pages = sum(pool.map(bare, files))
    return pages / (time.perf_counter() - began)


def lectern_pages_a_second(files: list[Path], workers: int) -> float:
    """Without an embedder, a run ends when every document can be found by words."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), [], "", workers)
        began = time.perf_counter()
        report = library.ingest(files, ProgressSlot(), CancelToken())
        seconds = time.perf_counter() - began
        library.close()
    return report.pages / seconds


def copied(documents: Path, copies: int, folder: Path) -> list[Path]:
    """Copy the PDFs so that each copy has bytes of its own: what follows the end mark of a PDF is not read."""
    files: list[Path] = []
    for copy in range(copies):
        for number, file in enumerate(sorted(documents.glob("*.pdf"))):
            target = folder / f"{copy}-{number}.pdf"
            shutil.copyfile(file, target)
            with target.open("ab") as stream:
                stream.write(f"\n% copy {copy}\n".encode())
            files.append(target)
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("--copies", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    switches.apply()
    workers = usable_threads()
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        files = copied(options.documents, options.copies, Path(folder))
        for _ in range(options.runs):
            raw = bare_pages_a_second(files, workers)
            ours = lectern_pages_a_second(files, workers)
            ratios.append(ours / raw)
            print(f"{ours:7.0f} pages/s until words, {raw:7.0f} bare, ratio {ratios[-1]:.2f}")
    print(f"ratio, median of {len(ratios)}: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
