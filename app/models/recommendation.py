"""Which model of the catalogue is worth having on this machine, for a task: the choice, the runner-up, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.fit import Fit, Verdict
from app.models.catalogue import Condition, Entry, Task
from app.models.choice import SLOWEST

# A model that got fewer of the built-in questions right does not speak for the documents.
LEAST_QUALIFIED = 0.5
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What a model is wanted for.

    Attributes:
        task: what it is to do.
        languages: ISO 639 codes of those that it must know.
        accepted: the conditions of licences that the user agrees to.
        least_speed: tokens a second that must be reached at the best; slower, nobody waits for an answer.
    """

    task: Task
    languages: frozenset[str] = frozenset()
    accepted: frozenset[Condition] = frozenset(Condition)
    least_speed: float = SLOWEST


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model, in the quantisation that is looked at, and its fit on this machine.

    Attributes:
        entry: what is known of it.
        quantisation: such as ``Q4_K_M``.
        fit: on this machine, now.
        qualified: share of right answers measured on this machine; None = not measured, then the catalogue's counts.
    """

    entry: Entry
    quantisation: str
    fit: Fit
    qualified: float | None = None

    @property
    def quality(self) -> float | None:
        """Share of right answers; None = not known."""
        return self.qualified if self.qualified is not None else self.entry.qualified


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The model to have.

    Attributes:
        chosen: None = there is none for this wish here.
        runner_up: what would be taken without it; another model, not another quantisation.
        why: in one sentence: why this one, why not the next bigger, why not the next smaller.
    """

    chosen: Candidate | None
    runner_up: Candidate | None
    why: str


def recommend(candidates: Sequence[Candidate], wish: Wish) -> Recommendation:
    """Choose among candidates.

    What does not fit, is too slow, forbids itself by its licence, is not for the task, does not know a language, or
    has shown to be bad, is not taken. Of the rest the order is: measured quality where both have one, whether it runs
    as wanted, whether its languages are known, then size; of one model the better quantisation.
    """
    able = sorted((one for one in candidates if hindrance(one, wish) is None), key=lambda one: _worth(one, wish))
    if not able:
        return Recommendation(None, None, _none(candidates, wish))
    chosen = able[-1]
    others = [one for one in able if one.entry.id != chosen.entry.id]
    runner_up = others[-1] if others else None
    bigger, smaller = _neighbours(chosen, candidates)
    return Recommendation(chosen, runner_up, _why(chosen, bigger, smaller, wish))


def hindrance(candidate: Candidate, wish: Wish) -> str | None:
    """Say why a model cannot be taken, as the end of a sentence that begins with its name; None = it can."""
    entry, fit = candidate.entry, candidate.fit
    refused = sorted(entry.licence.conditions - wish.accepted)
    unknown = sorted(wish.languages - (entry.languages if entry.languages is not None else wish.languages))
    if wish.task not in entry.good_for:
        return f"is not for {wish.task}"
    if refused:
        return f"has a licence with conditions that you do not accept ({', '.join(refused)})"
    if unknown:
        return f"is not made for the language {', '.join(unknown)}"
    if fit.verdict is Verdict.NO:
        return f"needs {fit.deficit_bytes / _MIB:,.0f} MiB of memory more than are free"
    if fit.tokens_per_s is not None and fit.tokens_per_s[1] < wish.least_speed:
        return f"would write at most {fit.tokens_per_s[1]:.1f} tokens a second here"
    quality = candidate.quality
    if quality is not None and quality < LEAST_QUALIFIED:
        return f"got only {quality:.0%} of the built-in questions right"
    return None


def _worth(candidate: Candidate, wish: Wish) -> tuple[bool, float, bool, bool, int, int]:
    entry = candidate.entry
    named = entry.languages is not None and wish.languages <= entry.languages
    quality = candidate.quality
    # A quality that nobody measured counts as just enough, so that one that was measured to be good goes first.
    return (
        not candidate.quantisation.startswith(("Q2", "Q3", "IQ")),
        LEAST_QUALIFIED if quality is None else quality,
        not wish.languages or named,
        candidate.fit.verdict is Verdict.FITS,
        entry.parameters,
        _bits(candidate.quantisation),
    )


def _bits(quantisation: str) -> int:
    digits = [character for character in quantisation if character.isdigit()]
    return int(digits[0]) if digits else 0


def _neighbours(chosen: Candidate, candidates: Sequence[Candidate]) -> tuple[Candidate | None, Candidate | None]:
    size = chosen.entry.parameters
    bigger = [one for one in candidates if one.entry.parameters > size]
    smaller = [one for one in candidates if one.entry.parameters < size]
    return (
        min(bigger, key=lambda one: (one.entry.parameters, one.fit.memory_bytes, one.entry.id), default=None),
        max(smaller, key=lambda one: (one.entry.parameters, one.fit.memory_bytes, one.entry.id), default=None),
    )


def _why(chosen: Candidate, bigger: Candidate | None, smaller: Candidate | None, wish: Wish) -> str:
    parts = [f"{chosen.entry.name} ({chosen.quantisation}) is the best for {wish.task} that runs here{_speed(chosen)}"]
    if bigger is not None:
        parts.append(f"the next bigger, {bigger.entry.name}, {_against(bigger, chosen, wish)}")
    if smaller is not None:
        parts.append(f"the next smaller, {smaller.entry.name}, {_against(smaller, chosen, wish)}")
    return "; ".join(parts) + "."


def _speed(candidate: Candidate) -> str:
    speeds = candidate.fit.tokens_per_s
    return f" (about {speeds[0]:.0f} to {speeds[1]:.0f} tokens a second)" if speeds else ""


def _against(other: Candidate, chosen: Candidate, wish: Wish) -> str:
    reason = hindrance(other, wish)
    if reason is not None:
        return reason
    poor, quality, named, whole, size, _ = _worth(other, wish)
    chosen_poor, chosen_quality, chosen_named, chosen_whole, chosen_size, _ = _worth(chosen, wish)
    if poor != chosen_poor:
        return f"is only there as {other.quantisation}, which loses too much"
    if quality != chosen_quality:
        shown = "was not measured" if other.quality is None else f"got {other.quality:.0%} of the questions right"
        known = "was not measured either" if chosen.quality is None else f"this one {chosen.quality:.0%}"
        return f"{shown}, {known}"
    if named != chosen_named:
        return "does not say whether it knows the language"
    if whole != chosen_whole:
        return "would run here only with less"
    return "would know less" if size < chosen_size else "is no better"


def _none(candidates: Sequence[Candidate], wish: Wish) -> str:
    if not candidates:
        return "No model is known."
    for_task = [one for one in candidates if wish.task in one.entry.good_for] or list(candidates)
    nearest = min(for_task, key=lambda one: (one.fit.deficit_bytes, one.entry.parameters, one.entry.id))
    return f"No model for {wish.task} can be taken here: {nearest.entry.name} {hindrance(nearest, wish)}."
