"""Every place of a word, in real papers in a real library."""

from pathlib import Path

import pytest
from whole_papers import DIARY, Ask, answered, by_heading, marked

from app.answering.occurrences import occurrences
from app.domain.answers import AnswerStatus
from app.domain.errors import UsageFault
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.retrieval import whole_documents
from app.retrieval.whole_documents import WholeDocuments


def test_every_place_of_a_word_is_listed_by_document(ask: Ask) -> None:
    answer = ask("Where is the weir mentioned?")
    assert answer.status is AnswerStatus.ANSWERED
    found = by_heading(answer)
    assert list(found) == [
        "copy.txt: 3 places",
        "diary.txt: 3 places",
        "lease 2019.md: 1 place",
        "lease 2021.md: 1 place",
    ]
    assert [claim.text for claim in found["diary.txt: 3 places"]] == [
        "The weir",
        "The weir froze in January.",
        "The miller wrote of the café by the weir and of char- coal and boats.",
    ]
    assert {word.lower() for claim in answer.claims for word in marked(claim)} == {"weir"}


def test_other_endings_accents_and_broken_words_are_found_too(ask: Ask) -> None:
    assert "cafe" not in DIARY
    assert len(ask("List every mention of CAFE").claims) == 2
    broken = ask("Where is charcoal mentioned?").claims
    assert [("char- coal" in claim.text.lower(), claim.marked) for claim in broken] == [(True, ())]


def test_phrases_are_words_in_a_row_and_need_not_be_in_one_sentence(ask: Ask) -> None:
    assert [marked(claim) for claim in ask("Where is “rent is due” mentioned?").claims] == [["rent is due"]] * 2
    assert ask("Where is “due is rent” mentioned?").status is AnswerStatus.NOT_FOUND
    (across,) = ask("Where is “in January. The miller” mentioned?", Scope(types=("txt",))).claims[1:]
    assert across.text.startswith("The weir froze in January. The miller")


def test_places_are_looked_for_in_scope_only(ask: Ask, lease_folder: Path) -> None:
    answer = ask("Where is rent mentioned?", Scope(documents=(str(lease_folder / "lease 2019.md"),)))
    assert {citation.path for claim in answer.claims for citation in claim.citations} == {
        str(lease_folder / "lease 2019.md")
    }
    assert {document.path for document in answer.passages} == {str(lease_folder / "lease 2019.md")}


@pytest.mark.parametrize("phrase", ["rent OR boats", "NEAR(rent)", "title : weir", "rent*", "-boats AND rent"])
def test_what_is_looked_for_is_words_and_no_command(ask: Ask, phrase: str) -> None:
    assert ask(f"Where is “{phrase}” mentioned?").status is AnswerStatus.NOT_FOUND


@pytest.mark.parametrize("phrase", ['"', "*", "(", "-", "£"])
def test_signs_alone_are_not_looked_for(ask: Ask, phrase: str) -> None:
    with pytest.raises(UsageFault, match="Which word is meant"):
        ask(f"Where is “{phrase}” mentioned?")


def test_what_cannot_be_listed_is_said(ask: Ask) -> None:
    with pytest.raises(UsageFault, match="no spaces stand between words"):
        ask("Where is 敷金 mentioned?")


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("£45", ["£45", "£ 45"]),
        ("5%", ["5 %", "5%"]),
        ("C++", ["C++"]),
        ("45", ["45", "45", "45", "45", "45"]),
    ],
)
def test_signs_of_a_phrase_count(tmp_path: Path, phrase: str, found: list[str]) -> None:
    text = (
        "The fee is £45 a month.\n\nAnother fee is £ 45 a year.\n\nThe pressure is 45 bar.\n\n"
        "Section 45 names 5 % of the sum, and 5% of the rest, not 45% of it.\n\nIt is written in C++ and in C#.\n\n"
        "The guest in room 450 pays £450 or 1.5 % more.\n"
    )
    claims = answered(tmp_path, f"Where is “{phrase}” mentioned?", {"prices.txt": text})
    assert [word for claim in claims for word in marked(claim)] == found


def test_letters_that_are_joined_are_letters(tmp_path: Path) -> None:
    text = "The \N{LATIN SMALL LIGATURE FI}re door is shut. A fire door is never locked."
    claims = answered(tmp_path, "Where is “Fire door” mentioned?", {"doors.txt": text})
    assert [marked(claim) for claim in claims] == [["\N{LATIN SMALL LIGATURE FI}re door"], ["fire door"]]


def test_a_phrase_across_a_cut_is_found_beside_others(tmp_path: Path) -> None:
    text = "The late fee is small. Nobody was late. Fee or no fee, it is due."
    claims = answered(tmp_path, "Where is “late fee” mentioned?", {"fees.txt": text})
    assert [marked(claim) for claim in claims] == [["late fee"], ["late. Fee"]]
    assert {claim.heading for claim in claims} == {"fees.txt: 2 places"}


def test_too_many_places_are_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_documents, "MOST_HAVING", 3)
    with pytest.raises(UsageFault, match="“weir” stands in more than 3 passages") as caught:
        ask("Where is the weir mentioned?")
    assert "fewer documents" in caught.value.remedy


def test_a_stop_is_looked_for_within_a_long_document(tmp_path: Path) -> None:
    looked: list[int] = []

    class Counting(CancelToken):
        def check(self) -> None:
            looked.append(1)

    (tmp_path / "ferries.txt").write_text("\n\n".join(f"The ferry {n} sails." for n in range(3_000)), "utf-8")
    library = Library(tmp_path / "library", [], "", workers=1)
    try:
        library.ingest([tmp_path / "ferries.txt"], ProgressSlot(), CancelToken())
        passages = WholeDocuments(library).having("ferry", EVERYTHING)
    finally:
        library.close()
    claims = list(occurrences("ferry", passages, Counting()))
    assert sum(len(claim.marked) for claim in claims) == 3_000
    assert len(looked) > 1
