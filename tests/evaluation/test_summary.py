import pytest

from app.evaluation.evaluation import Asked
from app.evaluation.measures import Measure
from app.evaluation.statistics import interval, ratio
from app.evaluation.summary import compared, milliseconds, summarised


def asked(key: int, answerable: bool = True, seconds: float = 0.1, **figures: float) -> Asked:
    return Asked(str(key), answerable, {Measure[name]: value for name, value in figures.items()}, seconds)


def test_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    few, many = interval([0.0, 1.0] * 50), interval([0.0, 1.0] * 1000)
    assert few.mean == many.mean == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    # 1.96 standard errors of a half: 0.098 and 0.0219
    assert few.high - few.mean == pytest.approx(0.098, abs=0.01)
    assert many.high - many.mean == pytest.approx(0.0219, abs=0.003)


def test_ratio_of_nothing_is_nothing() -> None:
    assert ratio([0.0, 0.0], [0.0, 0.0]).mean == 0


def test_silence_is_told_three_ways() -> None:
    run = [asked(number, REFUSED=float(number == 0)) for number in range(10)]
    run += [asked(10 + number, answerable=False, REFUSED=float(number < 3)) for number in range(4)]
    figures = {figure.name: figure.interval.mean for figure in summarised(run)}
    assert figures == {"refusal recall": 0.75, "refusal precision": 0.75, "over-refusal": 0.1}


def test_runs_are_compared_question_by_question() -> None:
    # Hard and easy questions: the runs differ by little, and always in one direction.
    earlier = [asked(number, F1=number / 100) for number in range(100)]
    later = [asked(number, F1=number / 100 + 0.01) for number in range(1, 120)]
    (difference,) = compared(later, earlier)
    assert difference.interval.count == 99
    assert difference.interval.mean == pytest.approx(0.01)
    assert difference.interval.low > 0


def test_refusals_of_the_two_kinds_are_not_mixed() -> None:
    now = [asked(1, REFUSED=1.0), asked(2, answerable=False, REFUSED=1.0)]
    then = [asked(1, REFUSED=0.0), asked(2, answerable=False, REFUSED=0.0)]
    assert [figure.name for figure in compared(now, then)] == ["over-refusal", "refusal recall"]


def test_seconds_are_told_of_what_was_done() -> None:
    assert milliseconds([asked(1, seconds=0.1), asked(2, seconds=0.3)]) == pytest.approx(
        {"search median": 200, "search p95": 290}
    )
