"""Answers and reports as records for scripts: the shapes that `--json` promises."""

from dataclasses import asdict
from typing import Any

from app.cli.questions import Question
from app.domain.answers import Answer, Citation, Claim, Passage, Side
from app.domain.documents import DocumentEntry, IngestReport, LibraryStatus
from app.domain.errors import LecternError
from app.domain.scope import Searched

Record = dict[str, Any]


def report_record(report: IngestReport) -> Record:
    """Return the last line of `ingest`."""
    return {"type": "report", **asdict(report)}


def search_record(question: Question, asked: str, passages: list[Passage]) -> Record:
    """Return a line of `search`; ``asked`` is what was looked for."""
    return {"id": question.id, "query": question.text, "asked": asked, "results": _ranked(passages)}


def answer_record(question: Question, answer: Answer) -> Record:
    """Return a line of `ask`."""
    return {
        "id": question.id,
        "query": question.text,
        "asked": answer.asked or question.text,
        "status": answer.status,
        "mode": answer.mode,
        "text": answer.text,
        "claims": [claim_record(claim) for claim in answer.claims],
        "thoughts": answer.thoughts,
        "searched": _searched(answer.searched) if answer.searched else None,
        "passages": _ranked(list(answer.passages)),
        "seconds": asdict(answer.seconds),
    }


def claim_record(claim: Claim) -> Record:
    """Return a sentence of an answer as part of a line."""
    return {
        "text": claim.text,
        "supported": claim.supported,
        "citations": [citation_record(citation) for citation in claim.citations],
        "marked": claim.marked,
        "polarity": claim.polarity,
        "side": _side(claim.side) if claim.side else None,
        "reckoned": claim.reckoned,
        "heading": claim.heading,
    }


def citation_record(citation: Citation) -> Record:
    """Return a place as part of a line."""
    return {
        "document": citation.document,
        "path": citation.path,
        "page": citation.page,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
    }


def unanswered_record(question: Question, fault: LecternError) -> Record:
    """Return the line of `ask` for a question of a file that makes no sense."""
    return {"id": question.id, "query": question.text, "status": "not_asked", "fault": str(fault)}


def status_record(status: LibraryStatus) -> Record:
    """Return the line of `status`."""
    return asdict(status)


def entry_record(entry: DocumentEntry) -> Record:
    """Return a line of `documents`."""
    return {key: value for key, value in asdict(entry).items() if key != "id"}


def _side(side: Side) -> Record:
    return {"value": side.value, "day": side.day.isoformat() if side.day else None}


def _searched(searched: Searched) -> Record:
    return {
        "text": searched.text,
        "documents": searched.documents,
        "unread": list(searched.unread),
        "waiting": searched.waiting,
    }


def _ranked(passages: list[Passage]) -> list[Record]:
    return [_passage(rank, passage) for rank, passage in enumerate(passages, start=1)]


def _passage(rank: int, passage: Passage) -> Record:
    """A passage that runs over a page break is shown as far as it stands on its first page."""
    first = passage.beginning
    return {
        "rank": rank,
        "score": passage.score,
        "document": first.document,
        "path": first.path,
        "page": first.page,
        "text": first.quote,
        "start": first.start,
        "end": first.end,
    }
