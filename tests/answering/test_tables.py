import pytest
from made_up import passage

from app.answering import tables
from app.answering.evidence import Sentence

FEES = "Ward | 2018 | 2019\nNorth | 12 crowns | 14 crowns\nSouth | 20 crowns | 25 crowns"
PAIRS = "Fee | 48,600 pounds\nTerm | 4 years"
HEADED = "Ward | Beds\nNorth | 12\nSouth | 20"


def test_the_head_is_known_by_what_is_below_it() -> None:
    for text, known in ((FEES, True), (HEADED, True), (PAIRS, False), ("One | row", False)):
        found = passage(f"Before it.\n{text}\nAfter it.")
        assert tables.is_head(Sentence(found, 1)) is known
        assert not tables.is_row(Sentence(found, 0))
        last = Sentence(found, text.count("\n") + 1)
        head = tables.head_of(last)
        assert (head.text if head else None) == (text.split("\n")[0] if known else None)


@pytest.mark.parametrize(
    ("question", "row", "cell"),
    [
        ("What did the south ward cost in 2019?", 2, "25 crowns"),
        ("What did the north ward cost in 2018?", 1, "12 crowns"),
        ("What did the north ward cost in 2018 and 2019?", 1, None),
        ("What did the north ward cost?", 1, None),
    ],
)
def test_the_cell_is_found_by_its_head(question: str, row: int, cell: str | None) -> None:
    sentence = Sentence(passage(FEES), row)
    head = tables.head_of(sentence)
    assert head is not None
    found = tables.cell_asked_for(question, head, sentence)
    assert (sentence.text[slice(*found)] if found else None) == cell


def test_a_row_with_a_cell_too_few_has_no_cell_to_show() -> None:
    row = Sentence(passage("Ward | 2018 | 2019\nNorth | 14 crowns"), 1)
    head = tables.head_of(row)
    assert head is not None
    assert tables.cell_asked_for("What did the north ward cost in 2019?", head, row) is None
