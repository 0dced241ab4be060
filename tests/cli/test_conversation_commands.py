"""Conversations on the command line."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from called import call, lines

QUESTION = "How often is the boiler inspected?"


class Kept:
    """A library of two papers in which a conversation of two questions was kept."""

    def __init__(self, folder: Path) -> None:
        self.papers = folder / "papers"
        self.papers.mkdir()
        (self.papers / "boiler.txt").write_text("The boiler in hall four is inspected every ninety days.")
        (self.papers / "lease.txt").write_text("The lodger pays the rent on the first day of the month.")
        self.to: list[str | Path] = ["--library", folder / "library", "--models", folder / "models"]
        call("ingest", self.papers, *self.to)
        (self.first,) = lines("ask", QUESTION, "--conversation", "new", *self.to)
        self.id = str(self.first["conversation"])
        lines("ask", "When is the rent paid?", "--conversation", self.id, *self.to)

    def lines(self, *arguments: str | Path) -> list[dict[str, Any]]:
        return lines("conversations", *arguments, *self.to)

    def call(self, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        return call("conversations", *arguments, *self.to, code=code)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("conversations"))


def test_they_are_listed_and_found_and_shown(kept: Kept) -> None:
    (entry,) = kept.lines()
    assert (str(entry["id"]), entry["name"], entry["turns"]) == (kept.id, QUESTION, 2)
    assert kept.lines("list") == kept.lines("search", "NINETY", "lodger") == [entry]
    assert kept.lines("search", "unicorn") == []
    assert f"{QUESTION}  (2 questions)" in kept.call().stdout
    (shown,) = kept.lines("show", kept.id)
    first, second = shown["turns"]
    assert (first["question"], first["ending"]) == (QUESTION, "complete")
    assert first["answers"][0]["claims"] == kept.first["claims"]
    assert second["question"] == "When is the rent paid?"
    assert set(first["origin"]) == {"version", "mode", "ranking", "seed", "library", "embedder", "generator"}
    assert len(first["origin"]["embedder"]["hashes"][0]) == 64
    assert f"## {QUESTION}" in kept.call("show", kept.id).stdout


def test_json_may_be_said_before_the_action_or_after_it(kept: Kept) -> None:
    before = call("conversations", "--json", "list", *kept.to).stdout
    assert before.startswith("{")
    assert before == call("conversations", "list", "--json", *kept.to).stdout


def test_without_being_asked_for_nothing_is_kept(kept: Kept) -> None:
    (answer,) = lines("ask", QUESTION, *kept.to)
    assert "conversation" not in answer
    assert len(kept.lines()) == 1


def test_questions_of_a_file_make_one_conversation(kept: Kept, tmp_path: Path) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text('{"id": "a", "text": "When is rent paid?"}\n{"id": "b", "text": "What is in hall four?"}\n')
    first, second = lines("ask", "--queries", asked, "--conversation", "new", *kept.to)
    assert first["conversation"] == second["conversation"]
    newest = kept.lines()[0]
    assert (newest["id"], newest["turns"]) == (first["conversation"], 2)
    kept.call("remove", str(newest["id"]))
    assert len(kept.lines()) == 1


def test_it_is_repeated(kept: Kept) -> None:
    assert [(line["question"], line["same"], line["differences"]) for line in kept.lines("repeat", kept.id)] == [
        (QUESTION, True, []),
        ("When is the rent paid?", True, []),
    ]
    assert kept.call("repeat", kept.id).stdout.startswith(f"the same   {QUESTION}\n")


@pytest.mark.parametrize(("ending", "begins"), [("md", b"# How often"), ("html", b"<!DOCTYPE html>")])
def test_it_is_written_to_a_file_that_is_not_there(kept: Kept, tmp_path: Path, ending: str, begins: bytes) -> None:
    file = tmp_path / f"out.{ending}"
    assert kept.lines("export", kept.id, "-o", file) == [{"type": "exported", "path": str(file)}]
    written = file.read_bytes()
    assert written.startswith(begins)
    assert kept.first["claims"][0]["citations"][0]["document"].encode() in written
    assert "there already" in kept.call("export", kept.id, "-o", file, code=2).stderr
    assert file.read_bytes() == written


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("show", "99"), "no conversation 99"),
        (("repeat", "99"), "no conversation 99"),
        (("show", "new"), "whole number"),
    ],
)
def test_one_that_is_not_there_is_named(kept: Kept, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in kept.call(*arguments, code=2).stderr


def test_a_question_in_an_unknown_one_is_refused_before_it_is_answered(kept: Kept) -> None:
    refused = call("ask", QUESTION, "--conversation", "99", *kept.to, code=2)
    assert "no conversation 99" in refused.stderr
    assert refused.stdout == ""


def test_it_gets_another_name(kept: Kept) -> None:
    kept.call("rename", kept.id, "The boiler")
    assert kept.lines()[0]["name"] == "The boiler"
    assert len(kept.lines("search", "the boiler")) == 1
