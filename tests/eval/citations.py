"""Whether every quote stands on its page, character for character, and what a model's checks let through.

Run: PYTHONPATH=. python tests/eval/citations.py [--sets squad cuad] [--generated 20] [--keep FOLDER]
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sets import Question, evaluated, questions, unanswerable

from app.answering.answerer import AskMode
from app.domain.answers import Answer, Citation
from app.jobs.cancel import CancelToken
from app.library.library import Library
from app.services import Services

ASKED = {"squad": 300, "cuad": 1_000}
# A model takes seconds for a question: what was seen is told before the end.
REPORTED_EVERY = 50


def wrong(library: Library, answer: Answer) -> list[Citation]:
    """Return the citations whose quote is not what stands at their place on their page."""
    return [
        citation
        for claim in answer.claims
        for citation in claim.citations
        if not citation.quote
        or library.page(citation.document, citation.page).text[citation.start : citation.end] != citation.quote
    ]


@dataclass
class Count:
    """What was seen in the answers so far."""

    claims: int = 0
    supported: int = 0
    citations: int = 0
    uncited: int = 0
    failed: list[Citation] = field(default_factory=list)

    def take(self, library: Library, answer: Answer) -> None:
        """Look at an answer."""
        self.claims += len(answer.claims)
        self.supported += sum(claim.supported for claim in answer.claims)
        self.citations += sum(len(claim.citations) for claim in answer.claims)
        self.uncited += sum(claim.supported and not claim.citations for claim in answer.claims)
        self.failed += wrong(library, answer)

    def __str__(self) -> str:
        return (
            f"{self.supported} of {self.claims} claims supported, {len(self.failed)} of {self.citations} quotes not on"
            f" their page, {self.uncited} supported without citation"
        )


def measure(title: str, services: Services, asked: Sequence[Question], mode: AskMode) -> int:
    """Ask, print how many quotes stand on their page, and return how many do not."""
    count = Count()
    for number, question in enumerate(asked, start=1):
        for answer in services.answerer.ask(question.text, mode, CancelToken()):
            count.take(services.library, answer)
        if number % REPORTED_EVERY == 0 or number == len(asked):
            print(f"{title}, {mode}, {number} of {len(asked)} questions: {count}", flush=True)
    for citation in count.failed:
        print(f"    {citation.path}, page {citation.page}, {citation.start} to {citation.end}: {citation.quote!r}")
    return len(count.failed) + count.uncited


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


if __name__ == "__main__":
    raise SystemExit(main())
