"""What documents as a whole answer, where a question is about them and not about something in them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
        return WholeAnswer(tuple(cancel.each(occurrences(task.phrase, found))), tuple(found))
    documents = _documents(task, library.in_scope(scope))
    if documents is None:
        return None
    everything = [library.passages(document) for document in cancel.each(documents)]
    if task.kind is Kind.COMPARISON:
        one, other = everything
        return WholeAnswer(tuple(claims := contrast(one, other, cancel)), tuple(_cited(everything, claims)))
    cited = _cited(everything, claims := summary(everything, cancel))
    # A model is not shown all of many: what it is shown is to come from everywhere.
    return WholeAnswer(tuple(claims), (*cited[::2], *cited[1::2]), told=True)


def _documents(task: Task, here: Sequence[NamedDocument]) -> list[NamedDocument] | None:
    """Return the documents that a task means; None where it names one that is not here."""
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
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place in (place for claim in claims for place in claim.citations):
        places[place.document, place.page].append(place.start)

    def is_cited(passage: Passage) -> bool:
        return any(
            span.start <= start < span.end
            for span in passage.chunk.spans
            for start in places.get((passage.document, span.page), ())
        )

    return [
        passage
        for passages in everything
        for passage in [passage for passage in passages if is_cited(passage)] or passages[:1]
    ]
