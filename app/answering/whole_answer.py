"""What documents as a whole answer, where a question is about them and not about something in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.answering.contrast import contrast
from app.answering.occurrences import occurrences
from app.answering.summary import summary
from app.answering.tasks import Kind, Task
from app.domain.answers import Claim, Passage
from app.domain.documents import NamedDocument
from app.domain.errors import UsageFault
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.retrieval.whole_documents import WholeDocuments, called

MOST_SUMMARISED = 20
"""Documents that are summed up together."""


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """The answer of whole documents.

    Attributes:
        claims: in the documents' own words.
        passages: those that are cited.
        told: a model may say the same in its own words.
    """

    claims: tuple[Claim, ...]
    passages: tuple[Passage, ...]
    told: bool = False


def whole_answer(task: Task, library: WholeDocuments, scope: Scope, cancel: CancelToken) -> WholeAnswer | None:
    """Do what a question asks of whole documents; None where it names something that is no document.

    Raises:
        UsageFault: it is not clear which documents are meant, or there is too much of what is wanted.
        Cancelled: stop was asked for.
    """
    if task.kind is Kind.OCCURRENCES:
        found = library.having(task.phrase, scope)
        return WholeAnswer(tuple(_until_stopped(occurrences(task.phrase, found), cancel)), tuple(found))
    documents = _documents(task, library.in_scope(scope))
    if documents is None:
        return None
    everything = []
    for document in documents:
        cancel.check()
        everything.append(library.passages(document))
    if task.kind is Kind.COMPARISON:
        one, other = everything
        return WholeAnswer(tuple(claims := contrast(one, other, cancel)), tuple(_cited(everything, claims)))
    cited = _cited(everything, claims := summary(everything))
    # A model is not shown all of many: what it is shown is to come from everywhere.
    return WholeAnswer(tuple(claims), (*cited[::2], *cited[1::2]), told=True)


def _documents(task: Task, here: Sequence[NamedDocument]) -> list[NamedDocument] | None:
    if task.names:
        found = [document for name in task.names if (document := called(name, here)) is not None]
        return found if len(found) == len(task.names) else None
    if not here:
        raise UsageFault("There is no document here that was read.", "Add documents first, or choose others.")
    if task.kind is Kind.COMPARISON and len(here) != 2:
        raise UsageFault(
            f"Two documents can be compared, and here {'is' if len(here) == 1 else 'are'} {len(here):,}.",
            "Choose the two, or name them: compare lease.pdf with licence.pdf",
        )
    if task.kind is Kind.SUMMARY and len(here) > MOST_SUMMARISED:
        raise UsageFault(
            f"Up to {MOST_SUMMARISED} documents can be summed up, and here are {len(here):,}.",
            "Choose some of them, or name one: summarise lease.pdf",
        )
    return list(here)


def _cited(everything: Sequence[Sequence[Passage]], claims: Iterable[Claim]) -> list[Passage]:
    """Return the passages that are cited, and of each document one at least."""
    places = {(place.document, place.page, place.start) for claim in claims for place in claim.citations}
    pages = {place[:2] for place in places}
    found: list[Passage] = []
    for passages in everything:
        cited = [
            passage
            for passage in passages
            if any(
                (passage.document, span.page) in pages
                and any((passage.document, span.page, at) in places for at in range(span.start, span.end))
                for span in passage.chunk.spans
            )
        ]
        found += cited or passages[:1]
    return found


def _until_stopped(claims: Iterable[Claim], cancel: CancelToken) -> Iterator[Claim]:
    for claim in claims:
        cancel.check()
        yield claim
