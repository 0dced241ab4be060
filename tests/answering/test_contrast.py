"""What differs between two documents: nothing of it is lost, and nothing that is the same is told."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path

import pytest
from whole_papers import answered, marked

from app.answering import contrast
from app.domain.answers import Claim
from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from tests.documents.made_files import pdf

Compare = Callable[[str, str], list[Claim]]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    return lambda one, other: answered(tmp_path, "Compare one.md with two.md", {"one.md": one, "two.md": other})


def told(claims: list[Claim]) -> dict[str, list[list[str]]]:
    return {
        heading: [claim.text.split("\n") for claim in under]
        for heading, under in groupby(claims, lambda claim: claim.heading.partition(":")[0])
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IN CASE OF FIRE CALL 2222.", "IN CASE OF FIRE CALL 3333."),
        ("DO NOT USE THE LIFTS.", "USE THE LIFTS."),
        ("Smoking is allowed.", "Smoking is forbidden."),
        ("Pets: no.", "Pets: yes."),
        ("# Guideline for adults", "# Guideline for children"),
        ("Give .5 mg of lorazepam at night.", "Give 5 mg of lorazepam at night."),
        ("Keep the vials at -20 °C at all times.", "Keep the vials at 20 °C at all times."),
        ("The transmitter sends with 5 mW in the ward.", "The transmitter sends with 5 MW in the ward."),
        ("The dose is ≤ 5 mg for each patient.", "The dose is ≥ 5 mg for each patient."),
    ],
)
def test_small_differences_are_told(compare: Compare, one: str, other: str) -> None:
    both = "The ward sister keeps the key of the cupboard."
    claims = compare(f"{both}\n\n{one}\n", f"{both}\n\n{other}\n")
    assert [text for texts in told(claims).values() for text in texts] == [[one.lstrip("# "), other.lstrip("# ")]]
    assert claims[0].marked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The rent is 1,250 crowns for two rooms.", "The rent is 1250 crowns for 2 rooms."),
        ("It rises by 3 per cent on 3 May 2027.", "It rises by 3 % on 2027-05-03."),
        ("The Tenant pays the rent.", "the tenant pays the rent"),
    ],
)
def test_what_is_only_written_otherwise_is_not(compare: Compare, one: str, other: str) -> None:
    (claim,) = compare(f"{one}\n", f"{other}\n")
    assert claim.reckoned
    assert claim.text.endswith("word for word, but for capitals and how numbers are written.")


def test_documents_that_are_the_same_are_said_to_be(compare: Compare) -> None:
    (claim,) = compare("The rent is due.\n", "The rent is due.\n\n\n")
    assert claim.text == "Both documents say the same, word for word."


def test_each_statement_is_told_with_its_own(compare: Compare) -> None:
    pumps = [f"The pump of unit {n} is inspected every {n % 5 + 2} weeks." for n in range(1, 41)]
    changed = [f"The pump of unit {n} is inspected every {n % 5 + 3} weeks." for n in range(1, 41)]
    assert told(compare("\n\n".join(pumps), "\n\n".join(changed))) == {
        "Other numbers": [[one, other] for one, other in zip(pumps, changed, strict=True)]
    }


def test_a_new_row_moves_no_other(compare: Compare) -> None:
    head = "| Pump | Bar | Days |\n| --- | --- | --- |\n"
    claims = compare(
        f"{head}| P-1 | 10 | 20 |\n| P-2 | 11 | 21 |\n| P-4 | 13 | 23 |\n",
        f"{head}| P-0 | 99 | 98 |\n| P-1 | 15 | 20 |\n| P-2 | 11 | 27 |\n| P-4 | 14 | 23 |\n",
    )
    assert told(claims) == {
        "Other numbers": [
            ["P-1 | 10 | 20", "P-1 | 15 | 20"],
            ["P-2 | 11 | 21", "P-2 | 11 | 27"],
            ["P-4 | 13 | 23", "P-4 | 14 | 23"],
        ],
        "Only in two.md": [["P-0 | 99 | 98"]],
    }
    assert [marked(claim) for claim in claims[:3]] == [["10", "15"], ["21", "27"], ["13", "14"]]


def test_what_stands_under_another_heading_is_told(compare: Compare) -> None:
    may, not_all = "They may prescribe medicines on their own.", "They may not prescribe medicines at all."
    claims = compare(
        f"# Rules\n\n## Nurses\n\n{may}\n\n## Porters\n\n{not_all}\n",
        f"# Rules\n\n## Nurses\n\n{not_all}\n\n## Porters\n\n{may}\n",
    )
    assert not any(claim.reckoned for claim in claims)
    assert [not_all, not_all] in told(claims)["In another place"]


def test_a_new_clause_does_not_make_differences_of_those_after_it(compare: Compare) -> None:
    claims = compare(
        "1. The rent is due in May.\n\n2. No dogs are admitted.\n\n3. The roof is repaired by the owner.\n",
        "1. The rent is due in May.\n\n2. The water is paid apart.\n\n3. No dogs are admitted.\n\n"
        "4. The roof is repaired by the owner.\n",
    )
    assert list(told(claims)) == ["Only in two.md", "Numbered otherwise"]
    assert len(told(claims)["Numbered otherwise"]) == 2


def _pages(weeks: int, inserted: Sequence[str] = ()) -> list[list[str]]:
    """Return pages of seven lines and a number, with a sentence across each break; ``inserted`` moves the breaks."""
    lines = list(inserted)
    for pump in range(2, 8):
        lines += [
            f"The pump number {pump} of the long hall, which was bought in the year {2000 + pump}, is",
            f"inspected every {weeks if pump == 3 else 2} weeks by the engineer on duty and by the fitter.",
            f"The key of pump {pump} is kept by the guard at the gate of the northern yard of the mill.",
        ]
    rows = [lines[start : start + 7] for start in range(0, len(lines), 7)]
    return [[*row, str(number)] for number, row in enumerate(rows, 1)]


def _compared(folder: Path, one: list[list[str]], other: list[list[str]]) -> list[Claim]:
    return answered(folder, "Compare one.pdf with two.pdf", {"one.pdf": pdf(one), "two.pdf": pdf(other)})


def test_the_number_of_a_page_is_no_difference(tmp_path: Path) -> None:
    inserted = ["A guard sleeps in the small house beside the gate, and wakes at five in the morning."]
    claims = _compared(tmp_path, _pages(2), _pages(3, inserted))
    found = told(claims)
    assert list(found) == ["Other numbers", "Only in two.pdf"]
    assert found["Only in two.pdf"] == [inserted]
    assert marked(claims[0]) == ["2", "3"]
    assert len(found["Other numbers"]) == 1


def test_what_stands_on_every_page_is_compared_once(tmp_path: Path) -> None:
    def pages(head: str, weeks: int) -> list[list[str]]:
        said = f"The pump is inspected every {weeks} weeks by the engineer on duty and by the fitter."
        return [[head, said, f"The key of pump {page} is kept by the guard.", str(page)] for page in range(1, 7)]

    found = told(_compared(tmp_path, pages("Draft of the rules for pumps", 2), pages("Final rules for the pumps", 3)))
    assert list(found) == ["Other numbers", "Other words"]
    assert found["Other words"] == [["Draft of the rules for pumps", "Final rules for the pumps"]]
    assert len(found["Other numbers"]) >= 1


def test_a_number_that_a_statement_begins_with_counts(compare: Compare) -> None:
    one, other = "3 pets may live in the flat.", "2 pets may live in the flat."
    assert told(compare(f"{one}\n", f"{other}\n")) == {"Other numbers": [[one, other]]}


def test_what_is_cut_otherwise_is_no_difference(compare: Compare) -> None:
    cut, whole = "The guard\n\nsleeps at noon", "The guard sleeps at noon"
    assert told(compare(f"It rains.\n\n{cut}\n", f"It rains.\n\n{whole}\n"))[""][0][0].startswith("Both documents")


def test_a_statement_that_is_there_twice_is_told(compare: Compare) -> None:
    cut, whole = "The guard\n\nsleeps at noon", "The guard sleeps at noon"
    assert told(compare(f"It rains.\n\n{cut}\n", f"It rains.\n\n{whole}\n\n{whole}\n")) == {"Only in two.md": [[whole]]}


def test_stop_is_obeyed_while_statements_are_put_side_by_side() -> None:
    cancel = CancelToken()
    cancel.cancel()
    lines = [f"line {number}" for number in range(1_000)]
    matcher = SequenceMatcher(None, contrast._Watched(lines, cancel), lines[::-1], autojunk=False)
    with pytest.raises(Cancelled):
        matcher.get_opcodes()


def test_all_that_only_one_has_is_told(compare: Compare) -> None:
    trees = (
        "apple",
        "birch",
        "cedar",
        "elder",
        "fig",
        "hazel",
        "ivy",
        "kale",
        "larch",
        "maple",
        "oak",
        "pear",
        "quince",
    )
    more = [f"The {tree} is cut by the {tree} warden." for tree in trees]
    claims = compare("The park opens at six.\n", "\n\n".join(["The park opens at six.", *more]))
    assert told(claims) == {"Only in two.md": [[line] for line in more]}
    assert claims[0].heading == f"Only in two.md: {len(more)} places"
