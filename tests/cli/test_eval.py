import json
from pathlib import Path
from typing import Any

import pytest
from called import call, lines

from app.cli.arguments import RANKINGS
from app.retrieval.search import Ranking

PAPERS = {
    "boiler": "The boiler of the hospital is inspected every spring by the district engineer.",
    "kitchen": "The kitchen serves four hundred meals a day, most of them before noon.",
    "garden": "The garden was laid out in 1911 and holds ninety kinds of roses.",
}
QUESTIONS = {"boiler": "Who inspects the boiler?", "kitchen": "How many meals does the kitchen serve?"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    records = [{"id": key, "title": key.title(), "text": text} for key, text in PAPERS.items()]
    (made / "corpus.jsonl").write_text("\n".join(map(json.dumps, records)))
    asked = [
        {"id": key, "text": text, "answers": ["district engineer", "four hundred"]} for key, text in QUESTIONS.items()
    ]
    (made / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    without = ["Which submarine sank near Murmansk?", "Compare these two documents"]
    (made / "queries_unanswerable.jsonl").write_text(
        "\n".join(json.dumps({"id": text, "text": text}) for text in without)
    )
    (made / "qrels.tsv").write_text("query\tdocument\tgrade\n" + "".join(f"{key}\t{key}\t1\n" for key in QUESTIONS))
    return made


def evaluated(*arguments: str | Path) -> list[dict[str, Any]]:
    return [record for record in lines("eval", *arguments) if record["type"] != "progress"]


def test_set_is_measured_kept_and_compared(folder: Path, tmp_path: Path) -> None:
    common = (folder, "--models", tmp_path / "models", "--keep", tmp_path / "kept")
    first, *rest = evaluated(*common, "--out", tmp_path / "run.jsonl")
    assert (first["set"], first["questions"], first["mode"]) == ("papers", 4, "extractive")
    figures = {record["name"]: record["value"] for record in rest if record["type"] == "figure"}
    right = ("hit@1", "nDCG@10", "answer contains", "first sentence contains", "quotes verbatim", "refusal recall")
    assert [figures[name] for name in right] == [1.0] * len(right)
    assert figures["over-refusal"] == 0
    assert {record["name"] for record in rest if record["type"] == "milliseconds"} == {
        "search median", "search p95", "ask median", "ask p95",
    }  # fmt: skip

    again = evaluated(*common, "--against", tmp_path / "run.jsonl")
    differences = [record for record in again if record["type"] == "difference"]
    assert len(differences) > 5
    assert not any(record["value"] or record["significant"] for record in differences)


def test_people_get_a_table(folder: Path, tmp_path: Path) -> None:
    shown = call("eval", folder, "--models", tmp_path / "models", "--mode", "search", "--limit", "1").stdout
    assert "papers: 1 questions (search, " in shown
    assert "hit@1" in shown
    assert "refusal" not in shown


def test_file_that_is_no_run_is_refused_before_anything_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"type": "report"}\n')
    refused = call("eval", folder, "--models", tmp_path / "models", "--against", tmp_path / "other.jsonl", code=2)
    assert "other.jsonl holds no run of an evaluation" in refused.stderr


def test_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    refused = call("eval", tmp_path, "--models", tmp_path / "models", code=2)
    assert "qrels.tsv cannot be read" in refused.stderr


def test_every_ranking_can_be_asked_for() -> None:
    assert list(RANKINGS) == [ranking.value for ranking in Ranking]
