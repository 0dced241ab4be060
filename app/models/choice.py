"""Which of the models at hand writes: the best that this machine really runs, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.fit import Verdict
from app.models.fit import answer_seconds
from app.models.packs import GeneratorPack
from app.models.standing import Standing

# Nobody waits longer for an answer, or reads along at fewer tokens a second (whichllm's floor for processors).
LONGEST = 120.0  # seconds
SLOWEST = 1.5  # tokens a second
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that writes.

    Attributes:
        chosen: None = none at hand can.
        runner_up: that would be taken without it; None = there is none.
        why: in a sentence or two, why this one, not the next bigger and not the next smaller.
    """

    chosen: Standing | None
    runner_up: Standing | None
    why: str


def choose(standings: Sequence[Standing], preferred: str | None = None) -> Choice:
    """Choose among the models at hand.

    Args:
        standings: all of them. Those of servers are never taken unasked: what they do with a text, others decide. Nor
            are those with an adapter: it makes a model write otherwise, not better.
        preferred: the id of the one that the user wants; taken if it fits.
    """
    writers = sorted(
        (
            standing
            for standing in standings
            if isinstance(standing.pack, GeneratorPack) and standing.pack.adapter is None
        ),
        key=lambda standing: (not standing.pack.stand_in, standing.parameters),
    )
    able = [standing for standing in writers if _hindrance(standing) is None]
    wanted = next((standing for standing in standings if standing.pack.id == preferred and writes(standing)), None)
    if wanted is not None and wanted.fit.verdict is not Verdict.NO:
        runner_up = next((standing for standing in reversed(able) if standing is not wanted), None)
        return Choice(wanted, runner_up, f"{wanted.pack.name} writes because you chose it.")
    missing = [f"{preferred}, which you chose, is not at hand now."] if preferred and wanted is None else []
    if not able:
        return Choice(None, None, " ".join([*missing, _none_can(writers)]))
    best = able[-1]
    runner_up = able[-2] if len(able) > 1 else None
    place = writers.index(best)
    bigger = writers[place + 1] if place + 1 < len(writers) else None
    smaller = writers[place - 1] if place else None
    return Choice(best, runner_up, " ".join([*missing, *_reasons(best, bigger, smaller)]))


def writes(standing: Standing) -> bool:
    """Whether a model writes answers."""
    return standing.kind == "generator"


def _reasons(best: Standing, bigger: Standing | None, smaller: Standing | None) -> list[str]:
    reasons = [f"{best.pack.name} is the largest model at hand that this computer runs well."]
    if bigger is not None:
        reasons.append(f"{bigger.pack.name} {_hindrance(bigger)}.")
    if smaller is not None:
        kind = "a small stand-in" if smaller.pack.stand_in else "smaller"
        reasons.append(f"{smaller.pack.name} is {kind}, and would know less.")
    return reasons


def _hindrance(standing: Standing) -> str | None:
    """Say why a model cannot be used; None = it can."""
    if not standing.fit.memory_bytes:
        return "cannot be read"
    if standing.fit.verdict is Verdict.NO:
        return f"needs {standing.fit.deficit_bytes / _MIB:,.0f} MiB of memory more than models may have now"
    speeds = standing.fit.tokens_per_s
    if speeds is not None and speeds[1] < SLOWEST:
        return f"would write at most {speeds[1]:.1f} tokens a second here, too slow to wait for"
    seconds = answer_seconds(standing.fit)
    if seconds is not None and seconds > LONGEST:
        return f"would take about {seconds / 60:.0f} minutes for an answer here"
    return None


def _none_can(writers: Sequence[Standing]) -> str:
    if not writers:
        return "There is no model that writes. Answers are the words of the documents."
    return f"No model at hand can write here: {writers[0].pack.name} {_hindrance(writers[0])}."
