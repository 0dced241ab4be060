"""A small part of the evaluation, so that a change that spoils finding or answering is seen at once.

The bars themselves are measured by `lectern eval` on the whole sets.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.answering.answerer import AskMode
from app.bootstrap import open_services
from app.evaluation.evaluation import Asked, evaluate, take_in
from app.evaluation.sets import EvaluationSet, read_set
from app.evaluation.summary import summarised
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.services import Services

DOCUMENTS = {"squad": 120, "cuad": 4}

Sample = tuple[str, Services, EvaluationSet]


@pytest.fixture(scope="module", params=DOCUMENTS)
def sample(
    request: pytest.FixtureRequest, evaluation: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sample]:
    """A set's first documents, and the questions about them."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    known = read_set(_first(evaluation / name, folder / "set", DOCUMENTS[name]))
    services = open_services(folder / "library", folder / "models")
    take_in(services.library, known, folder / "documents", ProgressSlot(), CancelToken())
    yield name, services, known
    services.close()


def _first(source: Path, folder: Path, count: int) -> Path:
    """Make a set of the first documents of another."""
    folder.mkdir(parents=True)
    if (source / "pdfs").is_dir():
        (folder / "pdfs").mkdir()
        kept = sorted((source / "pdfs").glob("*.pdf"))[:count]
        for file in kept:
            (folder / "pdfs" / file.name).symlink_to(file)
        names = {file.stem for file in kept}
    else:
        records = (source / "corpus.jsonl").read_text("utf-8").splitlines()[:count]
        (folder / "corpus.jsonl").write_text("\n".join(records), "utf-8")
        names = {json.loads(record)["id"] for record in records}
    head, *rows = (source / "qrels.tsv").read_text("utf-8").splitlines()
    about = [row for row in rows if row.split("\t")[1] in names]
    (folder / "qrels.tsv").write_text("\n".join([head, *about]), "utf-8")
    (folder / "queries.jsonl").symlink_to(source / "queries.jsonl")
    return folder


def test_the_right_place_is_found_and_quoted_as_it_stands(sample: Sample) -> None:
    name, services, known = sample
    assert len(known.questions) > 25
    cancel, progress = CancelToken(), ProgressSlot()
    run: list[Asked] = list(
        evaluate(services.library, services.answerer, known, known.questions, AskMode.EXTRACTIVE, progress, cancel)
    )
    figures = {figure.name: figure.interval.mean for figure in summarised(run)}
    assert figures["hit@5"] >= 0.85
    assert figures["quotes verbatim"] == 1
    if name == "squad":
        assert figures["answer contains"] >= 0.8
