"""A run in a few figures, and two runs side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.evaluation.evaluation import Asked
from app.evaluation.measures import Measure
from app.evaluation.statistics import Interval, interval, percentile, ratio


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a run, by its name, or the difference of two runs in it."""

    name: str
    interval: Interval


def summarised(run: Sequence[Asked]) -> list[Figure]:
    """Return the figures of a run: means of what was measured, then how it keeps silent."""
    answerable = [asked for asked in run if asked.answerable]
    figures = [
        Figure(measure.value, interval(values))
        for measure in Measure
        if measure is not Measure.REFUSED and (values := _values(run, measure))
    ]
    refusing = [asked for asked in run if Measure.REFUSED in asked.figures]
    if not refusing:
        return figures
    refused = [asked.figures[Measure.REFUSED] for asked in refusing]
    if without := [asked for asked in refusing if not asked.answerable]:
        right = [0.0 if asked.answerable else asked.figures[Measure.REFUSED] for asked in refusing]
        figures.append(Figure("refusal recall", interval(_values(without, Measure.REFUSED))))
        figures.append(Figure("refusal precision", ratio(right, refused)))
    if answerable:
        figures.append(Figure("over-refusal", interval(_values(answerable, Measure.REFUSED))))
    return figures


def compared(run: Sequence[Asked], earlier: Sequence[Asked]) -> list[Figure]:
    """Return by how much a run is above an ``earlier`` one, over the questions that both asked.

    The differences are drawn question by question, so that what makes a question hard for both does not count.
    """
    before = {asked.question: asked for asked in earlier}
    pairs = [(asked, before[asked.question]) for asked in run if asked.question in before]
    figures = []
    for measure in Measure:
        for answerable in (True, False):
            differences = [
                now.figures[measure] - then.figures[measure]
                for now, then in pairs
                if now.answerable is answerable and measure in now.figures and measure in then.figures
            ]
            if differences:
                figures.append(Figure(_name(measure, answerable), interval(differences)))
    return figures


def milliseconds(run: Sequence[Asked]) -> dict[str, float]:
    """Return the median and the 95th percentile of how long searches and answers took."""
    seconds = {"search": [asked.search_seconds for asked in run]}
    if any(asked.answer_seconds for asked in run):
        seconds["ask"] = [asked.answer_seconds for asked in run]
    return {
        f"{name} {label}": 1000 * percentile(values, share)
        for name, values in seconds.items()
        for label, share in (("median", 0.5), ("p95", 0.95))
    }


def _values(run: Sequence[Asked], measure: Measure) -> list[float]:
    return [asked.figures[measure] for asked in run if measure in asked.figures]


def _name(measure: Measure, answerable: bool) -> str:
    if measure is Measure.REFUSED:
        return "over-refusal" if answerable else "refusal recall"
    return measure.value if answerable else f"{measure.value}, unanswerable"
