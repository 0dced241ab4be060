"""What documents as a whole answer, where a question is about them and not about something in them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath

from app.answering.contrast import contrast
from app.answering.occurrences import occurrences
from app.answering.summary import summary
from app.answering.tasks import Kind, Task
from app.documents.faults import shown
from app.documents.formats import names_file
from app.domain.answers import Claim, Passage
from app.domain.documents import NamedDocument
from app.domain.errors import UsageFault
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.retrieval.whole_documents import WholeDocuments, called

MOST_SUMMARISED = 20
"""Documents that are summed up together."""

# Of two names, from which on one may be the other mistyped, see `difflib`.
_LIKE = 0.75


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
        return WholeAnswer(tuple(occurrences(task.phrase, found, cancel)), tuple(found))
    documents = _named(task, library, scope) if task.ways else _all(task.kind, library.in_scope(scope))
    if documents is None:
        return None
    everything = [library.passages(document) for document in cancel.each(documents)]
    if task.kind is Kind.COMPARISON:
        one, other = everything
        return WholeAnswer(tuple(claims := contrast(one, other, cancel)), tuple(_cited(everything, claims)))
    cited = _cited(everything, claims := summary(everything, cancel))
    # A model is not shown all of many: what it is shown is to come from everywhere.
    return WholeAnswer(tuple(claims), (*cited[::2], *cited[1::2]), told=True)


def _named(task: Task, library: WholeDocuments, scope: Scope) -> list[NamedDocument] | None:
    """Return the documents that a task names; None where it names one that is not here, and that is no file's name."""
    here, names = library.in_scope(scope), [name for way in task.ways for name in way]
    known = called(names, here)
    for way in task.ways:
        if all(known[name] for name in way):
            return [_only(name, known[name]) for name in way]
    files = {PurePath(one.path).name for one in here}
    # "The rent of lease.pdf" names a file and more.
    with_more = any(file in name and file != name for file in files for name in names)
    # What ends like a file is no subject: "Summarise the rules on smoking" asks for something else.
    unknown = [name for name in names if names_file(name) and not known[name]]
    if unknown and not with_more:
        raise _unknown(min(unknown, key=len), files, library.unread(scope))
    return None


def _only(name: str, found: Sequence[NamedDocument]) -> NamedDocument:
    if len(found) > 1:
        listed = ", ".join(sorted(shown(document.path) for document in found))
        raise UsageFault(f"Several documents are called “{name}”: {listed}.", "Name the one by its path.")
    return found[0]


def _all(kind: Kind, here: Sequence[NamedDocument]) -> list[NamedDocument]:
    """Return the documents in scope, where they are as many as the task takes."""
    distinct = list({document.document: document for document in here}.values())
    if not distinct:
        raise UsageFault("There is no document here that was read.", "Add documents first, or choose others.")
    if kind is Kind.COMPARISON and len(distinct) != 2:
        raise UsageFault(
            f"Two documents can be compared, and here {'is' if len(distinct) == 1 else 'are'} {len(distinct):,}.",
            "Choose the two, or name them: compare lease.pdf with licence.pdf",
        )
    if kind is Kind.SUMMARY and len(distinct) > MOST_SUMMARISED:
        raise UsageFault(
            f"Up to {MOST_SUMMARISED} documents can be summed up, and here are {len(distinct):,}.",
            "Choose some of them, or name one: summarise lease.pdf",
        )
    return distinct


def _unknown(name: str, files: Set[str], unread: Sequence[str]) -> UsageFault:
    """Return what is to be said of a file that is not among the documents: it could not be read, or is mistyped."""
    if any(PurePath(path).name.casefold() == name.casefold() for path in unread):
        return UsageFault(f"{name} could not be read.", "The list of documents says why.")
    near = get_close_matches(name, files, n=3, cutoff=_LIKE)
    meant = f"Did you mean {' or '.join(near)}?" if near else "Look at its name in the list of documents."
    return UsageFault(f"No document that is looked in is called “{name}”.", meant)


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
