"""Every command through its own process, as a script would call it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

BOILER = "The boiler in hall four is inspected every ninety days. The inspector signs the red book."
LEASE = "The lodger pays the rent on the first day of the month. Late rent bears interest of four percent."


def _write_papers(folder: Path) -> Path:
    folder.mkdir()
    (folder / "boiler.txt").write_text(BOILER)
    (folder / "lease.txt").write_text(LEASE)
    return folder


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Two papers that no library has."""
    return _write_papers(tmp_path / "papers")


class Lectern:
    """Calls commands over one library."""

    def __init__(self, library: Path) -> None:
        self.library = library

    def run(self, command: str, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-m", "app", command, "--library", str(self.library), *map(str, arguments)]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done

    def lines(self, command: str, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
        """Every line of standard output must be a record."""
        return [json.loads(line) for line in self.run(command, "--json", *arguments, code=code).stdout.splitlines()]


@pytest.fixture
def lectern(tmp_path: Path) -> Lectern:
    return Lectern(tmp_path / "library")


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two papers that the library beside them has."""
    folder = tmp_path_factory.mktemp("taken in")
    Lectern(folder / "library").run("ingest", _write_papers(folder / "papers"))
    return folder / "papers"


@pytest.fixture
def filled(taken_in: Path, tmp_path: Path) -> Lectern:
    """A copy of that library."""
    return Lectern(copytree(taken_in.with_name("library"), tmp_path / "library"))


def test_ingest_reports_in_the_last_line(lectern: Lectern, papers: Path) -> None:
    (papers / "empty.pdf").touch()
    report = lectern.lines("ingest", papers, code=1)[-1]
    assert report["type"] == "report"
    assert (report["files"], report["documents"], report["indexed"], report["unchanged"]) == (3, 2, 2, 0)
    assert [(Path(skipped["path"]).name, skipped["reason"]) for skipped in report["skipped"]] == [
        ("empty.pdf", "empty")
    ]
    assert report["skipped"][0]["detail"]
    assert report["pages"] == 2
    assert report["chunks"] >= 2
    assert report["tokens"] > 20
    assert set(report["seconds"]) == {"parse", "embed", "total"}


def test_a_mistyped_path_of_a_library_is_noticed(lectern: Lectern, papers: Path, tmp_path: Path) -> None:
    assert "There was no library" not in lectern.run("ingest", papers).stderr
    asked = ("ask", "How often is the boiler inspected?")
    assert "There was no library" not in lectern.run(*asked).stderr
    for noticed in (True, False):
        run = Lectern(tmp_path / "libary").run(*asked)
        assert (f"There was no library in {tmp_path / 'libary'}; an empty one was made." in run.stderr) is noticed


def test_search(filled: Lectern, taken_in: Path) -> None:
    (line,) = filled.lines("search", "Who signs the book?", "--top", "1")
    assert (line["id"], line["query"]) == ("1", "Who signs the book?")
    (result,) = line["results"]
    assert result["rank"] == 1
    assert result["path"] == str(taken_in / "boiler.txt")
    assert result["page"] == 1
    assert result["text"] == BOILER[result["start"] : result["end"]]


def test_questions_from_a_file(filled: Lectern, tmp_path: Path) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text(
        '{"id": "a", "text": "When is rent paid?"}\n\n{"id": 7, "text": "How often is the boiler inspected?"}\n'
    )
    lines = filled.lines("search", "--queries", asked)
    assert [line["id"] for line in lines] == ["a", 7]
    assert [Path(line["results"][0]["path"]).name for line in lines] == ["lease.txt", "boiler.txt"]


def test_ask_quotes_what_the_page_says(filled: Lectern, taken_in: Path) -> None:
    (answer,) = filled.lines("ask", "How often is the boiler inspected?")
    assert (answer["status"], answer["mode"]) == ("answered", "extractive")
    assert "ninety days" in answer["text"]
    assert answer["thoughts"] == ""
    for claim in answer["claims"]:
        assert claim["supported"]
        for citation in claim["citations"]:
            assert citation["page"] == 1
            assert citation["quote"] in Path(citation["path"]).read_text()
    assert answer["passages"][0]["path"] == str(taken_in / "boiler.txt")
    assert set(answer["seconds"]) == {"search", "first_token", "total"}


def test_mistyped_words_are_put_right_unless_the_question_is_meant_exactly(filled: Lectern) -> None:
    typed, meant = "How often is the bioler inspected?", "How often is the boiler inspected?"
    for command in ("search", "ask"):
        run = filled.run(command, typed, "--json")
        assert f"Looked for: {meant}" in run.stderr
        (line,) = map(json.loads, run.stdout.splitlines())
        assert (line["query"], line["asked"]) == (typed, meant)
        (exact,) = filled.lines(command, typed, "--exactly")
        assert (exact["query"], exact["asked"]) == (typed, typed)


def test_ask_completes_a_follow_up(filled: Lectern) -> None:
    asked = ("ask", "and who signs it?", "--after", "How often is the boiler inspected?")
    (answer,) = filled.lines(*asked)
    assert (answer["query"], answer["asked"]) == ("and who signs it?", "Who signs the boiler?")
    assert "Looked for: Who signs the boiler?" in filled.run(*asked).stderr
    (alone,) = filled.lines("ask", "How often is the boiler inspected?", "--after", "When is rent paid?")
    assert alone["asked"] == alone["query"]


def test_ask_lists_sums_up_and_compares_whole_documents(filled: Lectern, taken_in: Path) -> None:
    (answer,) = filled.lines("ask", "Where is rent mentioned?")
    assert [(claim["heading"], claim["text"].count("rent")) for claim in answer["claims"]] == [
        ("lease.txt: 2 places", 1),
        ("lease.txt: 2 places", 1),
    ]
    summary = filled.run("ask", "Summarise this document", "--document", taken_in / "boiler.txt").stdout
    assert summary.startswith("The boiler in hall four is inspected every ninety days.")
    assert "Only in boiler.txt: 2 places:\nThe boiler" in filled.run("ask", "Compare these two documents").stdout
    filled.run("erase", taken_in / "lease.txt")
    alone = filled.run("ask", "Compare these two documents", code=2)
    assert "Two documents can be compared, and here is 1." in alone.stderr


def test_ask_says_when_the_documents_hold_no_answer(filled: Lectern) -> None:
    (answer,) = filled.lines("ask", "Which galaxy collides with Andromeda?")
    assert answer["status"] == "not_found"
    assert answer["text"] == ""


def test_status_documents_rebuild_erase(filled: Lectern, taken_in: Path) -> None:
    (status,) = filled.lines("status")
    assert (status["documents"], status["paths"], status["queued"], status["skipped"]) == (2, 2, 0, 0)
    assert status["vectors"] == status["chunks"] > 0
    assert "MiniLM" in status["embedder"]
    assert [entry["state"] for entry in filled.lines("documents")] == ["indexed", "indexed"]
    assert filled.lines("rebuild")[-1] == {"type": "rebuilt", "vectors": status["vectors"]}
    assert filled.lines("erase", taken_in / "lease.txt")[-1] == {"type": "erased", "documents": 1}
    assert filled.lines("status")[0]["documents"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ingest", "no such folder"), "no such folder"),
        (("ask",), "either a question or --queries"),
        (("ask", "  "), "question is empty"),
        (("ask", "x", "--after", " "), "the question is empty"),
        (("ask", "--queries", "none.jsonl", "--after", "x"), "--after goes with one question"),
        (("search", "--queries", "none.jsonl"), "none.jsonl"),
        (("search", "x", "--top", "0"), "whole number of 1 or more"),
        (("ingest", ""), "the path is empty"),
        (("erase", ""), "the path is empty"),
        (("status", "--library", ""), "the path is empty"),
        (("erase", "never added"), "never added"),
        (("polish",), "polish"),
    ],
)
def test_wrong_use_is_named_and_exits_with_2(lectern: Lectern, arguments: tuple[str, ...], says: str) -> None:
    done = lectern.run(*arguments, code=2)
    assert says in done.stderr
    assert done.stdout == ""


def test_a_bad_line_of_questions_is_named(filled: Lectern, tmp_path: Path) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text('{"id": "a", "text": "fine?"}\n{"id": "b"}\n')
    assert f"Line 2 of {asked}" in filled.run("ask", "--queries", asked, code=2).stderr


def test_a_question_that_makes_no_sense_does_not_end_the_others(filled: Lectern, tmp_path: Path) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text('{"id": "a", "text": "Summarise leese.txt"}\n{"id": "b", "text": "When is rent paid?"}\n')
    done = filled.run("ask", "--queries", asked, "--json", code=2)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["status"]) == ("a", "not_asked")
    assert "Did you mean lease.txt?" in first["fault"]
    assert (second["id"], second["status"]) == ("b", "answered")
    assert "Did you mean lease.txt?" in filled.run("ask", "Summarise leese.txt", code=2).stderr


def test_odd_line_ends_within_a_question_are_part_of_it(filled: Lectern, tmp_path: Path) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text('{"id": 1, "text": "When is rent\u2028paid\u0085?"}\r\n{"id": 2, "text": "Who signs?"}\r\n')
    assert [line["id"] for line in filled.lines("search", "--queries", asked)] == [1, 2]
    asked.write_text("[" * 100_000)
    assert "is not a question" in filled.run("search", "--queries", asked, code=2).stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_result_that_cannot_be_written_exits_with_3(filled: Lectern) -> None:
    with Path("/dev/full").open("w") as full:
        call = [sys.executable, "-m", "app", "documents", "--library", str(filled.library)]
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_is_no_error(filled: Lectern) -> None:
    call = [sys.executable, "-m", "app", "documents", "--library", str(filled.library)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 130


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_of_files_are_not_obeyed_by_the_terminal(lectern: Lectern, papers: Path) -> None:
    (papers / "a\x1b]0;title\x07\nb\u202e.txt").write_text("The kiln is fired with beech.")
    lectern.run("ingest", papers)
    for said in (lectern.run("documents"), lectern.run("search", "What is the kiln fired with?")):
        assert "a\\x1b]0;title\\x07\\nb\\u202e.txt" in said.stdout


def test_signs_that_the_output_lacks_are_escaped(lectern: Lectern, papers: Path) -> None:
    (papers / "arrow.txt").write_text("The pump → the kiln: follow the arrow.", "utf-8")
    lectern.run("ingest", papers)
    call = [sys.executable, "-m", "app", "search", "arrow kiln", "--library", str(lectern.library)]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(call, capture_output=True, env=environment, check=False)
    assert done.returncode == 0
    assert b"The pump \\u2192 the kiln" in done.stdout


def test_a_library_that_is_no_folder_exits_with_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "cannot be used" in Lectern(tmp_path / "file").run("status", code=3).stderr


def test_ctrl_c_stops_in_order_and_the_next_run_goes_on(lectern: Lectern, papers: Path) -> None:
    for number in range(80):
        sentences = (f"Pump {number} was opened on day {day} by the fitter of gang {day % 9}." for day in range(30))
        (papers / f"pump {number}.txt").write_text("\n".join(sentences))
    call = [sys.executable, "-m", "app", "ingest", "--library", str(lectern.library), str(papers)]
    process = subprocess.Popen(call, stderr=subprocess.PIPE, text=True)
    while not (lectern.library / "vectors").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "What was finished is kept" in said
    assert "Traceback" not in said
    report = lectern.lines("ingest", papers)[-1]
    assert report["unchanged"] == 82
    assert lectern.lines("status")[0]["vectors"] == lectern.lines("status")[0]["chunks"]
