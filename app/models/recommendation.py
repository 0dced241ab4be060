"""Which model of the catalogue is worth having on this machine, for a task: the choice, the runner-up, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.fit import Fit, Verdict
from app.models.catalogue import OTHER_LANGUAGES, Condition, Entry, Task
from app.models.choice import LONGEST, SLOWEST
from app.models.fit import answer_seconds

# A model that got fewer of the built-in questions right is not worth having, whatever else it is good for.
LEAST_QUALIFIED = 0.5
_POOR = ("Q2", "Q3", "IQ1", "IQ2", "IQ3")
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What a model is wanted for.

    Attributes:
        task: what it is to do.
        languages: ISO 639 codes of those that it must know.
        accepted: the conditions of licences that the user agrees to.
        least_speed: tokens a second that must be reached at the best; slower, nobody reads along.
        most_seconds: that a usual question and its answer may take.
    """

    task: Task
    languages: frozenset[str] = frozenset()
    accepted: frozenset[Condition] = frozenset(Condition)
    least_speed: float = SLOWEST
    most_seconds: float = LONGEST


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

    What does not fit, is too slow, has a licence that is not accepted, is not for the task, does not know a language,
    or has shown to be bad, is not taken. What is left is ordered by: a quantisation that does not lose too much,
    quality, languages that are known to be right, the standard model, size, the better quantisation. A quality that
    nobody measured counts as that of the best smaller model; a model that runs only with less counts as half its size.
    """
    able = [one for one in candidates if hindrance(one, wish) is None]
    if not able:
        return Recommendation(None, None, _none(candidates, wish))
    chosen = max(able, key=lambda one: worth(one, candidates, wish))
    others = [one for one in able if one.entry.id != chosen.entry.id]
    runner_up = max(others, key=lambda one: worth(one, candidates, wish), default=None)
    return Recommendation(chosen, runner_up, _why(chosen, candidates, wish))


def hindrance(candidate: Candidate, wish: Wish) -> str | None:
    """Say why a model cannot be taken, as the end of a sentence that begins with its name; None = it can."""
    entry, fit, quality = candidate.entry, candidate.fit, candidate.quality
    refused = sorted(entry.licence.conditions - wish.accepted)
    open_ended = entry.languages is None or OTHER_LANGUAGES in entry.languages
    missing = [] if open_ended else sorted(wish.languages - (entry.languages or frozenset()))
    if wish.task not in entry.good_for:
        return f"is not for {wish.task}"
    if refused:
        return f"has a licence with conditions that are not accepted ({', '.join(refused)})"
    if missing:
        return f"is not made for the language {', '.join(missing)}"
    if fit.verdict is Verdict.NO:
        return f"needs {fit.deficit_bytes / _MIB:,.0f} MiB of memory more than models may have now"
    if fit.tokens_per_s is not None and fit.tokens_per_s[1] < wish.least_speed:
        return f"would write at most {fit.tokens_per_s[1]:.1f} tokens a second here"
    seconds = answer_seconds(fit)
    if seconds is not None and seconds > wish.most_seconds:
        return f"would take about {seconds / 60:.0f} minutes for an answer here"
    if quality is not None and quality < LEAST_QUALIFIED:
        return f"got only {quality:.0%} of the built-in questions right"
    return None


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """How much a candidate is worth, the weightiest first: see `recommend`."""

    sound: bool
    quality: float
    named: bool
    standard: bool
    size: int
    bits: int
    id: str


def worth(candidate: Candidate, candidates: Sequence[Candidate], wish: Wish) -> Worth:
    """Say how much a candidate is worth among candidates, itself one of them."""
    entry = candidate.entry
    return Worth(
        sound=not candidate.quantisation.startswith(_POOR),
        quality=_expected(candidate, candidates),
        named=(entry.languages is not None and wish.languages <= entry.languages) or not wish.languages,
        standard=entry.standard,
        size=entry.parameters if candidate.fit.verdict is Verdict.FITS else entry.parameters // 2,
        bits=next((int(character) for character in candidate.quantisation if character.isdigit()), 0),
        id=entry.id,
    )


def _expected(candidate: Candidate, candidates: Sequence[Candidate]) -> float:
    if candidate.quality is not None:
        return candidate.quality
    size = candidate.entry.parameters
    measured = [one.quality for one in candidates if one.entry.parameters <= size and one.quality is not None]
    return max([LEAST_QUALIFIED, *measured])


def _why(chosen: Candidate, candidates: Sequence[Candidate], wish: Wish) -> str:
    speeds = chosen.fit.tokens_per_s
    speed = f" (about {speeds[0]:.0f} to {speeds[1]:.0f} tokens a second)" if speeds else ""
    parts = [f"{chosen.entry.name} ({chosen.quantisation}) is the best for {wish.task} that runs here{speed}"]
    for word, other in zip(("bigger", "smaller"), _neighbours(chosen, candidates, wish), strict=True):
        if other is not None:
            parts.append(f"the next {word}, {other.entry.name}, {_against(other, chosen, candidates, wish)}")
    return "; ".join(parts) + "."


def _neighbours(
    chosen: Candidate, candidates: Sequence[Candidate], wish: Wish
) -> tuple[Candidate | None, Candidate | None]:
    alike = [one for one in candidates if one.entry.kind == chosen.entry.kind]
    sizes = {one.entry.parameters for one in alike}

    def merit(one: Candidate) -> tuple[bool, bool, int, Worth]:
        # Of what cannot be taken, the one that is nearest to it speaks for the model.
        able, its = hindrance(one, wish) is None, worth(one, candidates, wish)
        return able, its.sound, 0 if able else -one.fit.deficit_bytes, its

    def best(size: int | None) -> Candidate | None:
        return max((one for one in alike if one.entry.parameters == size), key=merit, default=None)

    size = chosen.entry.parameters
    bigger = min((one for one in sizes if one > size), default=None)
    return best(bigger), best(max((one for one in sizes if one < size), default=None))


def _against(other: Candidate, chosen: Candidate, candidates: Sequence[Candidate], wish: Wish) -> str:
    reason = hindrance(other, wish)
    if reason is not None:
        return reason
    its, best = worth(other, candidates, wish), worth(chosen, candidates, wish)
    if its.sound != best.sound:
        return f"can be had here only as {other.quantisation}, which loses too much"
    if its.quality != best.quality:
        return f"got {its.quality:.0%} of the built-in questions right, this one {best.quality:.0%}"
    if its.named != best.named:
        return "does not say that it knows the language"
    if best.standard and not its.standard:
        return "is not the one that Lectern is built around"
    if other.entry.parameters > chosen.entry.parameters:
        return "would run here only with less"
    return "would know less"


def _none(candidates: Sequence[Candidate], wish: Wish) -> str:
    if not candidates:
        return "No model is known."
    for_task = [one for one in candidates if wish.task in one.entry.good_for] or candidates
    nearest = min(for_task, key=lambda one: (one.fit.deficit_bytes, one.entry.parameters, one.entry.id))
    return f"No model for {wish.task} can be taken here: {nearest.entry.name} {hindrance(nearest, wish)}."
