"""A model is asked the built-in questions, and what came of it decides who answers."""

import json
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

import pytest
from called import STARTER, call, lines

from app.answering.qualification import edition
from app.bootstrap import open_shelf
from app.cli import models
from app.cli.console import Console
from app.domain.errors import Cancelled
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.models.built_in import built_in_questions
from app.models.packs import starter_generator
from app.models.qualifications import Qualifications

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)

GOOD = Qualification(answerable=40, right=34, answered=38, cited=35, unanswerable=20, silent=19, written=40, invented=2)
POOR = Qualification(answerable=40, right=9, answered=20, cited=9, unanswerable=20, silent=5, written=70, invented=50)


def keep(folder: Path, result: Qualification) -> None:
    """Keep a result for the starter model, which does not come by it."""
    Qualifications(folder / "qualified.json", edition).keep(starter_generator(), result)


def qualify(folder: Path, *, as_json: bool, cancel: CancelToken) -> int:
    return models.run(open_shelf(folder), Namespace(action="qualify", id=STARTER), Console(as_json), cancel)


def test_the_starter_model_is_asked_and_is_below_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "built_in_questions", lambda: built_in_questions()[6:12])
    assert qualify(tmp_path, as_json=True, cancel=CancelToken()) == 0
    *progress, result = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line["type"] == "progress" for line in progress)
    assert (result["type"], result["id"], result["qualified"]) == ("qualification", STARTER, False)
    assert result["answerable"] + result["unanswerable"] == 6
    assert result["accuracy"] == pytest.approx(result["right"] / result["answerable"], abs=0.001)
    low, high = result["prompt_tokens_per_s"]
    assert 0 < low < high
    kept = Qualifications(tmp_path / "qualified.json", edition).of(starter_generator())
    assert kept is not None
    assert kept.right == result["right"]
    (listed,) = [line for line in lines("models", "list", "--models", tmp_path) if line["id"] == STARTER]
    assert listed["qualification"]["written"] == result["written"]


def test_stopped_it_keeps_nothing(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        qualify(tmp_path, as_json=False, cancel=cancel)
    assert not (tmp_path / "qualified.json").exists()


def test_only_what_writes_can_be_qualified(tmp_path: Path) -> None:
    for model in ("all-minilm-l6-v2-int8", "nothing"):
        refused = call("models", "qualify", model, "--models", tmp_path, code=2).stderr
        assert f"There is no model {model} that writes." in refused


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "not qualified yet"),
        (GOOD, "qualified: answers 34 of 40 questions rightly, invents 2 of 40 sentences."),
        (POOR, "below the mark: answers 9 of 40 questions rightly, invents 50 of 70 sentences."),
    ],
)
def test_list_says_it_in_words(tmp_path: Path, result: Qualification | None, words: str) -> None:
    if result is not None:
        keep(tmp_path, result)
    listed = call("models", "list", "--models", tmp_path).stdout
    assert listed.count(words) == 1


@pytest.mark.parametrize(
    ("result", "modes"),
    [(None, ["extractive"]), (POOR, ["extractive"]), (GOOD, ["generated", "extractive"])],
)
def test_a_qualified_model_answers_unasked_and_before_the_quotes(
    tmp_path: Path, result: Qualification | None, modes: list[str]
) -> None:
    (tmp_path / "lease.txt").write_text("The lodger pays the rent on the first day of the month.")
    to = ("--library", tmp_path / "library", "--models", tmp_path / "models")
    lines("ingest", tmp_path / "lease.txt", *to)
    if result is not None:
        keep(tmp_path / "models", result)
    question = "When does the lodger pay the rent?"
    assert [answer["mode"] for answer in lines("ask", question, *to)] == modes
    (asked,) = lines("ask", question, "--mode", "extractive", *to)
    assert asked["mode"] == "extractive"
