"""Asks the questions of a set, and keeps what came of each."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from app.answering.answerer import Answerer, AskMode
from app.domain.answers import Answer, AnswerMode, AnswerSeconds, AnswerStatus, Passage
from app.domain.errors import EnvironmentFault, LecternError, UsageFault
from app.evaluation.measures import LOOKED_AT, Figures, Measure, of_answer, of_ranking
from app.evaluation.sets import EvaluationSet, KnownQuestion
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question.

    Attributes:
        figures: those that can be told of it.
        search_seconds, answer_seconds: wall clock; the second is 0 where only a search was asked for.
    """

    question: str
    answerable: bool
    figures: Figures
    search_seconds: float
    answer_seconds: float = 0.0


def take_in(library: Library, known: EvaluationSet, folder: Path, progress: ProgressSlot, cancel: CancelToken) -> None:
    """Have the library hold the documents of a set, and learn their meaning.

    Args:
        library: for these documents alone.
        known: the set.
        folder: where documents that are records are written as files.
        progress: is told how far it is.
        cancel: stops it.

    Raises:
        EnvironmentFault: some cannot be taken in: what is measured then would not be what the set is about.
        Cancelled: stop was asked for.
    """
    report = library.ingest(known.files(folder), progress, cancel)
    if report.skipped:
        first = report.skipped[0]
        raise EnvironmentFault(
            f"{len(report.skipped)} of the documents were skipped, {first.path} the first: {first.detail}",
            "Take them out of the set, with the questions about them.",
        )


def evaluate(
    library: Library,
    answerer: Answerer,
    known: EvaluationSet,
    questions: Sequence[KnownQuestion],
    mode: AskMode | None,
    progress: ProgressSlot,
    cancel: CancelToken,
) -> Iterator[Asked]:
    """Search for each question, and ask it; yield what came of it.

    Args:
        library: with the documents of the set.
        answerer: of that library, whose search is looked at too.
        known: the set.
        questions: of the set, or such that its documents hold no answer to.
        mode: which answer; None = search only.
        progress: is told how many were asked.
        cancel: stops it.

    Raises:
        EnvironmentFault: a model cannot be used.
        Cancelled: stop was asked for.
    """
    # What the first question loads is not part of how long an answer takes.
    answerer.searcher.search(questions[0].text, LOOKED_AT)
    for number, question in enumerate(questions, start=1):
        cancel.check()
        progress.report("Asking", number, len(questions), "questions")
        began = perf_counter()
        passages = answerer.searcher.search(question.text, LOOKED_AT)
        searched = perf_counter() - began
        figures: dict[Measure, float] = {}
        if question.answerable:
            figures |= of_ranking(question, _places(known, passages))
        if mode is None:
            yield Asked(question.id, question.answerable, figures, searched)
            continue
        answer = _answer(answerer, question.text, mode, cancel)
        figures |= of_answer(question, answer, known, _verbatim(library, answer))
        yield Asked(question.id, question.answerable, figures, searched, answer.seconds.total)


def _answer(answerer: Answerer, question: str, mode: AskMode, cancel: CancelToken) -> Answer:
    """Ask a question; one that makes no sense in this library, such as which of 20 documents to compare, is refused."""
    began = perf_counter()
    try:
        return answerer.ask(question, mode, cancel)[-1]
    except UsageFault:
        took = perf_counter() - began
        seconds = AnswerSeconds(took, took, took)
        return Answer(question, AnswerStatus.NOT_FOUND, AnswerMode.EXTRACTIVE, (), (), seconds)


def write_run(file: Path, settings: Mapping[str, object], run: Iterable[Asked]) -> None:
    """Keep a run, so that a later one can be compared with it.

    Raises:
        EnvironmentFault: it cannot be written.
    """
    lines = [json.dumps({"type": "run", **settings})]
    lines += [json.dumps(_record(asked)) for asked in run]
    try:
        file.write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise EnvironmentFault(
            f"The run cannot be kept in {file}: {error.strerror}.", "Name a file that you may write."
        ) from error


def read_run(file: Path) -> list[Asked]:
    """Return a run that was kept.

    Raises:
        UsageFault: the file does not hold one.
    """
    try:
        header, *lines = file.read_text("utf-8").splitlines()
        if json.loads(header)["type"] != "run":
            raise ValueError(header)
        return [_asked(json.loads(line)) for line in lines]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageFault(
            f"{file} holds no run of an evaluation.", "Make one with: lectern eval DIR --out FILE", repr(error)
        ) from error


def _places(known: EvaluationSet, passages: Iterable[Passage]) -> list[tuple[str, int]]:
    return list(dict.fromkeys(known.place(passage.path, passage.page) for passage in passages))


def _verbatim(library: Library, answer: Answer) -> list[bool]:
    citations = [citation for claim in answer.claims for citation in claim.citations]
    held = []
    for citation in citations:
        try:
            text = library.page(citation.document, citation.page).text
        except LecternError:
            text = ""
        held.append(bool(citation.quote) and text[citation.start : citation.end] == citation.quote)
    return held


def _record(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.question,
        "answerable": asked.answerable,
        "figures": {measure.value: value for measure, value in asked.figures.items()},
        "seconds": [asked.search_seconds, asked.answer_seconds],
    }


def _asked(record: dict[str, Any]) -> Asked:
    figures = {Measure(name): float(value) for name, value in record["figures"].items()}
    search, answer = record["seconds"]
    return Asked(str(record["id"]), bool(record["answerable"]), figures, float(search), float(answer))
