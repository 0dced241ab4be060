"""Leases that differ a little, and how the tests ask about whole documents."""

from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path

from app.answering.answerer import Answerer, AskMode
from app.domain.answers import Answer, Claim
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.retrieval.search import Searcher

Ask = Callable[..., Answer]

_LEASE = """# Lease

This lease is made between Brackwater Mills and Olsen Joinery for the workshop by the weir.

## Rent

The tenant pays a rent of {rent} crowns a month. The rent is due on the first day of the month.
{late}

## Care of the workshop

The tenant keeps the workshop clean and dry. The landlord repairs the roof and the wheel.
The tenant may not keep animals in the workshop.

## End

Either party may end the lease by giving the other {notice} written notice. {key}
"""
FIRST = _LEASE.format(
    rent="4,000",
    late="Late rent bears interest of four percent.",
    notice="ninety days of",
    key="The tenant returns both keys on the last day.",
)
SECOND = _LEASE.format(
    rent="4,600",
    late="Late rent bears interest of four percent.",
    notice="sixty days of plain",
    key="The deposit is returned within a month.",
)
DIARY = "The weir\n\nThe weir froze in January. The miller wrote of the café by the weir and of char-\ncoal and boats."


def answered(folder: Path, question: str, files: Mapping[str, str | bytes]) -> list[Claim]:
    """Return what is answered from files in a library of their own, without an embedder."""
    papers = folder / "papers"
    papers.mkdir()
    for name, content in files.items():
        (papers / name).write_bytes(content.encode() if isinstance(content, str) else content)
    library = Library(folder / "library", [], "", workers=1)
    try:
        library.ingest([papers], ProgressSlot(), CancelToken())
        (answer,) = Answerer(Searcher(library), None).ask(question, AskMode.EXTRACTIVE, CancelToken())
    finally:
        library.close()
    return list(answer.claims)


def marked(claim: Claim) -> list[str]:
    return [claim.text[start:end] for start, end in claim.marked]


def by_heading(answer: Answer) -> dict[str, list[Claim]]:
    return {heading: list(claims) for heading, claims in groupby(answer.claims, lambda claim: claim.heading)}
