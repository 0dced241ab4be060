import json
from pathlib import Path

import pytest

from app.domain.errors import UsageFault
from app.evaluation.sets import KnownQuestion, read_set


def lines(*records: dict[str, object]) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    made.mkdir()
    (made / "corpus.jsonl").write_text(
        lines({"id": "a/1 é.x", "title": "Leases", "text": "Rent."}, {"id": "b", "text": "T."})
    )
    (made / "queries.jsonl").write_text(
        lines({"id": "1", "text": "Who?", "answers": ["Ann", ""]}, {"id": "2", "text": "Where?"})
    )
    (made / "qrels.tsv").write_text("query_id\tdoc_id\tgrade\n1\ta/1 é.x\t1\n1\tb\t1\n")
    return made


def test_questions_know_their_places_and_answers(folder: Path) -> None:
    (folder / "queries_unanswerable.jsonl").write_text(lines({"id": 3, "text": "Why?"}))
    known = read_set(folder)
    assert known.questions == (
        KnownQuestion("1", "Who?", ("Ann",), frozenset({("a/1 é.x", 0), ("b", 0)})),
        KnownQuestion("3", "Why?", (), frozenset()),
    )
    assert [question.answerable for question in known.questions] == [True, False]


def test_records_become_files_that_stand_for_them(folder: Path, tmp_path: Path) -> None:
    known = read_set(folder)
    first, second = known.files(tmp_path / "documents")
    assert first.read_text() == "Leases\n\nRent.\n"
    assert second.read_text() == "T.\n"
    assert known.place(str(first), 7) == ("a/1 é.x", 0)


def test_pages_count_where_they_are_given(folder: Path, tmp_path: Path) -> None:
    (folder / "corpus.jsonl").unlink()
    (folder / "pdfs").mkdir()
    (folder / "pdfs" / "a%20b.pdf").write_bytes(b"%PDF")
    (folder / "qrels.tsv").write_text("query_id\tdoc_id\tgrade\tpage\n1\ta%20b\t1\t3\n2\ta%20b\t1\t\n")
    known = read_set(folder)
    assert [question.id for question in known.questions] == ["1"]  # nobody knows the page of the other
    assert known.questions[0].places == {("a%20b", 3)}
    assert known.place(str(known.files(tmp_path)[0]), 3) == ("a%20b", 3)


def test_half_is_the_same_in_every_run() -> None:
    halves = [KnownQuestion(str(number), "", (), frozenset()).half for number in range(200)]
    assert halves[:6] == [2, 2, 2, 2, 1, 1]
    assert 80 < halves.count(1) < 120


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        ("queries.jsonl", '{"id": "1"}\n', "Line 1 of"),
        ("queries.jsonl", '{"id": "1", "text": "Who?"}\n{"id": "2", "text": " "}\n', "Line 2 of"),
        ("queries.jsonl", '["1", "Who?"]\n', "Line 1 of"),
        ("queries.jsonl", "not JSON\n", "Line 1 of"),
        ("queries.jsonl", '{"id": "9", "text": "Who?"}\n', "No question of"),
        ("qrels.tsv", "heading\n1 a 1\n", "Line 2 of"),
        ("qrels.tsv", "heading\n1\ta\t1\tIV\n", "Line 2 of"),
        ("corpus.jsonl", '{"id": "a"}\n', "Line 1 of"),
    ],
)
def test_damage_is_named_with_its_line(folder: Path, tmp_path: Path, file: str, content: str, named: str) -> None:
    (folder / file).write_text(content)
    with pytest.raises(UsageFault, match=named) as fault:
        read_set(folder).files(tmp_path)
    assert file in str(fault.value)


@pytest.mark.parametrize("file", ["queries.jsonl", "qrels.tsv"])
def test_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(UsageFault, match=file):
        read_set(folder)


def test_set_without_documents_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(UsageFault, match="holds no documents"):
        read_set(folder).files(tmp_path)
