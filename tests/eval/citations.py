"""Whether every quote stands on its page, character for character, and what a model's checks let through.

Run: PYTHONPATH=. python tests/eval/citations.py [--sets squad cuad] [--generated 20] [--keep FOLDER]
"""

from collections.abc import Iterator, Sequence

from sets import Question, evaluated, questions, unanswerable

from app.answering.answerer import AskMode
from app.domain.answers import Answer, Citation
from app.jobs.cancel import CancelToken
from app.library.library import Library
from app.services import Services

ASKED = {"squad": 300, "cuad": 1_000}


def wrong(library: Library, answer: Answer) -> list[Citation]:
    """Return the citations whose quote is not what stands at their place on their page."""
    return [
        citation
        for claim in answer.claims
        for citation in claim.citations
        if not citation.quote
        or library.page(citation.document, citation.page).text[citation.start : citation.end] != citation.quote
    ]


def measure(title: str, services: Services, asked: Sequence[Question], mode: AskMode) -> int:
    """Ask, print how many quotes stand on their page, and return how many do not."""
    answers = list(_answers(services, asked, mode))
    claims = [claim for answer in answers for claim in answer.claims]
    failed = [citation for answer in answers for citation in wrong(services.library, answer)]
    uncited = sum(claim.supported and not claim.citations for claim in claims)
    print(f"{title}, {mode} ({len(asked)} questions)")
    print(f"  {'claims supported':28} {sum(claim.supported for claim in claims)} of {len(claims)}")
    print(f"  {'quotes not on their page':28} {len(failed)} of {sum(len(claim.citations) for claim in claims)}")
    print(f"  {'supported without citation':28} {uncited}")
    for citation in failed:
        print(f"    {citation.path}, page {citation.page}, {citation.start} to {citation.end}: {citation.quote!r}")
    return len(failed) + uncited


def main() -> int:
    """Measure each set; return 1 where a quote is not on its page."""
    failed = 0
    with evaluated(__doc__ or "", "squad", "cuad", generated=20) as (opened, options):
        for name, services in opened.items():
            asked = (questions(options.folder, name) + unanswerable(options.folder, name))[: ASKED[name]]
            failed += measure(name, services, asked, AskMode.EXTRACTIVE)
            if options.generated:
                step = max(len(asked) // options.generated, 1)
                failed += measure(name, services, asked[::step][: options.generated], AskMode.GENERATED)
    return 1 if failed else 0


def _answers(services: Services, asked: Sequence[Question], mode: AskMode) -> Iterator[Answer]:
    for question in asked:
        yield from services.answerer.ask(question.text, mode, CancelToken())


if __name__ == "__main__":
    raise SystemExit(main())
