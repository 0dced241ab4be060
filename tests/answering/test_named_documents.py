"""Which documents a question about whole ones means."""

from pathlib import Path

import pytest
from whole_papers import Ask, answered, by_heading

from app.answering.answerer import Answerer, AskMode
from app.domain.answers import AnswerStatus
from app.domain.errors import UsageFault
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.retrieval.search import Searcher


def test_it_must_be_clear_what_is_compared(ask: Ask, lease_folder: Path) -> None:
    with pytest.raises(UsageFault, match="Two documents can be compared, and here are 4"):
        ask("Compare these two documents")
    with pytest.raises(UsageFault, match="here is 1"):
        ask("Compare these two documents", Scope(documents=(str(lease_folder / "diary.txt"),)))
    both = Scope(documents=(str(lease_folder / "lease 2019.md"), str(lease_folder / "lease 2021.md")))
    assert len(by_heading(ask("Compare these two documents", both))) == 4


def test_names_may_have_joining_words_in_them(tmp_path: Path) -> None:
    first, second = "The fee is due in May.", "The fee is due in June."
    names = {"Terms and Notes 2023.txt": first, "Terms and Notes 2024.txt": second}
    for number, question in enumerate(
        (
            "Compare Terms and Notes 2023 with Terms and Notes 2024",
            "What is the difference between Terms and Notes 2023 and Terms and Notes 2024?",
            "Compare “Terms and Notes 2023.txt” and “Terms and Notes 2024.txt”",
        )
    ):
        (tmp_path / str(number)).mkdir()
        (claim,) = answered(tmp_path / str(number), question, names)
        assert claim.text == f"{first}\n{second}"


def test_several_documents_may_be_named(ask: Ask) -> None:
    found = by_heading(ask("Summarise lease 2019.md and diary.txt, please"))
    assert list(found) == ["lease 2019.md", "diary.txt"]


@pytest.mark.parametrize(
    ("question", "summary", "remedy"),
    [
        ("Summarise leese 2019.md", "No document that is looked in is called “leese 2019.md”.", "lease 2019.md"),
        ("Compare diary.txt and dairy.txt", "No document that is looked in is called “dairy.txt”.", "diary.txt"),
        ("Summarise The weir", "Several documents are called “The weir”", "by its path"),
    ],
)
def test_a_name_that_is_not_clear_is_said(ask: Ask, question: str, summary: str, remedy: str) -> None:
    with pytest.raises(UsageFault) as caught:
        ask(question)
    assert caught.value.summary.startswith(summary)
    assert remedy in caught.value.remedy


def test_a_file_with_more_about_it_is_an_ordinary_question(ask: Ask) -> None:
    answer = ask("Compare the rent of lease 2019.md with lease 2021.md")
    assert answer.status is AnswerStatus.ANSWERED
    assert not any(claim.heading for claim in answer.claims)


def test_a_file_that_could_not_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"blank\.txt could not be read"):
        answered(tmp_path, "Summarise blank.txt", {"blank.txt": "", "full.txt": "The fee is due in May."})


def test_the_end_of_a_path_names_a_document(tmp_path: Path) -> None:
    (tmp_path / "papers" / "old").mkdir(parents=True)
    (tmp_path / "papers" / "old" / "lease.txt").write_text("The fee is due in May.", "utf-8")
    (tmp_path / "papers" / "lease.txt").write_text("The fee is due in June.", "utf-8")
    (tmp_path / "papers" / "copy.txt").write_text("The fee is due in June.", "utf-8")
    library = Library(tmp_path / "library", [], "", workers=1)
    try:
        library.ingest([tmp_path / "papers"], ProgressSlot(), CancelToken())
        answerer = Answerer(Searcher(library), None)
        (answer,) = answerer.ask("Summarise old/lease.txt", AskMode.EXTRACTIVE, CancelToken())
        (same,) = answerer.ask("Compare papers/lease.txt with copy.txt", AskMode.EXTRACTIVE, CancelToken())
        with pytest.raises(UsageFault, match=r"Several documents are called “lease\.txt”"):
            answerer.ask("Summarise lease.txt", AskMode.EXTRACTIVE, CancelToken())
    finally:
        library.close()
    assert answer.text == "The fee is due in May."
    assert same.text.startswith("Both documents say the same, word for word.")


def test_what_names_no_document_is_an_ordinary_question(ask: Ask) -> None:
    answer = ask("Summarise the rent of the workshop")
    assert answer.status is AnswerStatus.ANSWERED
    assert not any(claim.heading for claim in answer.claims)
