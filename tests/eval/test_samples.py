"""A small part of the evaluation, so that a change that spoils finding or answering is seen at once.

The bars themselves are measured by the commands of this folder.
"""

from collections.abc import Iterator
from pathlib import Path

import answers
import citations
import finding
import pytest
from sets import Question, open_set, questions

from app.answering.answerer import AskMode
from app.services import Services

SIZES = {"squad": 120, "cuad": 4}


@pytest.fixture(scope="module", params=SIZES)
def sample(
    request: pytest.FixtureRequest, evaluation: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Services, list[Question]]]:
    """A set's first documents, and the questions about them."""
    name = request.param
    services = open_set(evaluation, name, tmp_path_factory.mktemp(name), SIZES[name])
    there = {Path(entry.path).stem for entry in services.library.entries()}
    asked = [q for q in questions(evaluation, name) if {stem for stem, _ in q.places} <= there]
    yield name, services, asked
    services.close()


def test_the_right_place_is_found(sample: tuple[str, Services, list[Question]]) -> None:
    name, services, asked = sample
    assert len(asked) > 25
    assert finding.measure(name, asked, services.searcher.search, "sample")["hit@5"] >= 0.85


def test_quotes_answer_and_stand_on_their_pages(sample: tuple[str, Services, list[Question]]) -> None:
    name, services, asked = sample
    assert citations.measure(name, services, asked, AskMode.EXTRACTIVE) == 0
    if name == "squad":
        assert answers.measure(name, asked, services.answerer)["right in two sentences"] >= 0.8
