"""How well the search finds: words and meaning together, and each arm alone.

Run: PYTHONPATH=. python tests/eval/finding.py [--sets squad cuad scifact] [--keep FOLDER]
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from figures import percentiles, ranking, report
from sets import Question, evaluated, questions

from app.domain.answers import Passage
from app.retrieval.search import Searcher

TOP = 10

Search = Callable[[str, int], list[Passage]]


def measure(name: str, asked: Sequence[Question], search: Search, title: str) -> dict[str, float]:
    """Search for every question and print how well and how fast."""
    rows, seconds = [], []
    for question in asked:
        began = perf_counter()
        passages = search(question.text, TOP)
        seconds.append(perf_counter() - began)
        rows.append((question, ranking(question, places(name, passages))))
    figures = report(f"{name}, {title}", rows)
    print(f"  {'search':28} {percentiles(seconds)}")
    return figures


def places(name: str, passages: Sequence[Passage]) -> list[tuple[str, int]]:
    """Return where passages are, as the set counts it: file stem and page, or the file alone."""
    found = [(Path(passage.path).stem, passage.page if name == "cuad" else 0) for passage in passages]
    return list(dict.fromkeys(found))


def main() -> None:
    """Measure each set."""
    with evaluated(__doc__ or "", "squad", "cuad", "scifact") as (opened, options):
        for name, services in opened.items():
            asked = questions(options.folder, name)
            services.searcher.search(asked[0].text, TOP)  # loads what the first search loads
            measure(name, asked, services.searcher.search, "words and meaning")
            measure(name, asked, Searcher(services.library, by_meaning=False).search, "words alone")


if __name__ == "__main__":
    main()
