"""What an answer of now differs in from one that was kept, and what may be the cause."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath

from app.domain.answers import AnswerMode, Citation, Claim
from app.domain.conversations import Ending, KeptAnswer, KeptTurn, Origin, UsedModel


class Aspect(StrEnum):
    """What a difference is about."""

    DOCUMENTS = "documents"
    MODELS = "models"
    SETTINGS = "settings"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was. ``text``: in words."""

    aspect: Aspect
    text: str


def same(before: Iterable[KeptAnswer], now: Iterable[KeptAnswer]) -> bool:
    """Say whether answers show the same: claims, whether each was withheld, and the places that they cite."""
    return [_shown(answer) for answer in before] == [_shown(answer) for answer in now]


def differences(
    turn: KeptTurn, answers: Iterable[KeptAnswer], origin: Origin, documents: Mapping[str, str]
) -> Iterator[Difference]:
    """Yield what differs, the causes first.

    Args:
        turn: as it was kept.
        answers: of now.
        origin: what they were made with.
        documents: path → SHA-256 of what the library holds there now.
    """
    yield from _of_documents(turn, origin, documents)
    yield from _of_models(turn.origin, origin)
    if turn.origin.version != origin.version:
        yield Difference(Aspect.SETTINGS, f"It was Lectern {turn.origin.version} then, and is {origin.version} now.")
    if turn.origin.ranking != origin.ranking:
        yield Difference(
            Aspect.SETTINGS, f"Passages were ranked by {turn.origin.ranking} then, and by {origin.ranking} now."
        )
    if turn.origin.seed != origin.seed:
        yield Difference(Aspect.SETTINGS, f"The seed was {turn.origin.seed} then, and is {origin.seed} now.")
    yield from _of_claims(turn, answers)


def _of_documents(turn: KeptTurn, origin: Origin, documents: Mapping[str, str]) -> Iterator[Difference]:
    if turn.erased:
        yield Difference(Aspect.DOCUMENTS, "What it quoted was erased for good.")
    cited = {citation.document: citation.path for citation in turn.citations}
    here = set(documents.values())
    for document, path in cited.items():
        if document not in here:
            became = "was changed" if documents.get(path) else "is not in the library any more"
            yield Difference(Aspect.DOCUMENTS, f"{PurePath(path).name} {became}.")
    if turn.origin.library != origin.library:
        yield Difference(Aspect.DOCUMENTS, "The library does not hold the same documents as then.")


def _of_models(before: Origin, now: Origin) -> Iterator[Difference]:
    pairs = (("found by meaning", before.embedder, now.embedder), ("wrote", before.generator, now.generator))
    for part, then, today in pairs:
        if then and today and then != today and replace(then, settings=today.settings) == today:
            yield Difference(Aspect.SETTINGS, f"{then.name} was loaded in another way then, as memory allowed.")
        elif then != today:
            yield Difference(Aspect.MODELS, f"{_name(then)} {part} then, and {_name(today)} now.")


def _of_claims(turn: KeptTurn, answers: Iterable[KeptAnswer]) -> Iterator[Difference]:
    if turn.ending is not Ending.COMPLETE:
        yield Difference(Aspect.CLAIMS, "It was stopped then." if turn.ending is Ending.STOPPED else "It failed then.")
    answers = list(answers)
    before, now = _claims(turn.answers), _claims(answers)
    for claim in before:
        if claim not in now:
            yield Difference(Aspect.CLAIMS, f"It said then: {_quoted(claim)}")
    for claim in now:
        if claim not in before:
            yield Difference(Aspect.CLAIMS, f"It says now: {_quoted(claim)}")
    if before == now and not same(turn.answers, answers):
        yield Difference(Aspect.CLAIMS, "It cites other places, or other passages are nearest.")


def _claims(answers: Iterable[KeptAnswer]) -> list[tuple[AnswerMode, str, bool]]:
    return [(answer.mode, claim.text, claim.supported) for answer in answers for claim in answer.claims]


def _quoted(claim: tuple[AnswerMode, str, bool]) -> str:
    _, text, supported = claim
    return f"“{' '.join(text.split())}”" + ("" if supported else " (withheld)")


def _name(model: UsedModel | None) -> str:
    return model.name if model else "no model"


def _shown(answer: KeptAnswer) -> tuple[object, ...]:
    nearest = tuple(map(_place, answer.nearest))
    return answer.mode, answer.status, tuple(map(_said, answer.claims)), nearest


def _said(claim: Claim) -> tuple[object, ...]:
    return claim.text, claim.supported, tuple(map(_place, claim.citations))


def _place(citation: Citation) -> tuple[object, ...]:
    # Without the path: a document may lie at several.
    return citation.document, citation.page, citation.start, citation.end, citation.quote
