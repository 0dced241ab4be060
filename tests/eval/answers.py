"""How well the extractive answer answers, and how well it keeps silent.

Run: PYTHONPATH=. python tests/eval/answers.py [--sets squad cuad] [--keep FOLDER]

An answer is right when it contains the words of an accepted answer. The curve shows, for other least nearnesses than
the gate's, how many of the set's own questions would be refused, and how many of another set's.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from figures import percentiles, report
from sets import SETS, Question, evaluated, questions, unanswerable

from app.answering import gate
from app.answering.answerer import Answerer, AskMode
from app.domain.answers import AnswerStatus
from app.jobs.cancel import CancelToken
from app.retrieval.search import Searcher

_STEPS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)


def measure(name: str, asked: Sequence[Question], answerer: Answerer) -> dict[str, float]:
    """Ask every question and print how often the answer holds the right words, in two sentences and in one."""
    rows, seconds = [], []
    for question in asked:
        answer = answerer.ask(question.text, AskMode.EXTRACTIVE, CancelToken())[0]
        seconds.append(answer.seconds.total)
        first = answer.claims[0].text if answer.claims else ""
        figures = {
            "right in two sentences": float(holds(question, answer.text)),
            "right in the first": float(holds(question, first)),
            "refused": float(answer.status is AnswerStatus.NOT_FOUND),
        }
        rows.append((question, figures))
    means = report(f"{name}, extractive answer", rows)
    print(f"  {'ask':28} {percentiles(seconds)}")
    return means


def holds(question: Question, text: str) -> bool:
    """Say whether a text contains an accepted answer, whatever its punctuation and capitals."""
    said = f" {_plain(text)} "
    return any(f" {_plain(answer)} " in said for answer in question.answers)


def curve(name: str, folder: Path, searcher: Searcher) -> None:
    """Print how many questions are refused at other thresholds: the set's own, unanswerable ones, another set's."""
    asked = {f"{name}'s own": questions(folder, name), f"{name}'s unanswerable": unanswerable(folder, name)}
    asked |= {f"{other}'s": questions(folder, other) for other in SETS if other != name}
    print(f"{name}, part of the questions refused, by least nearness (1 = the gate's)")
    print(f"  {'questions':28}" + "".join(f"{step:8.1f}" for step in _STEPS))
    for title, group in asked.items():
        nearness = [_nearest(question.text, searcher) for question in group]
        refused = [sum(near < step for near in nearness) / len(nearness) for step in _STEPS]
        print(f"  {title:28}" + "".join(f"{share:8.3f}" for share in refused))


def main() -> None:
    """Measure each set."""
    with evaluated(__doc__ or "", "squad", "cuad") as (opened, options):
        for name, services in opened.items():
            measure(name, questions(options.folder, name), services.answerer)
            curve(name, options.folder, services.searcher)


def _nearest(question: str, searcher: Searcher) -> float:
    found = searcher.find(question, gate.LOOKED_AT)
    return max((gate.nearness(found, passage) for passage in found.passages), default=0.0)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


if __name__ == "__main__":
    main()
