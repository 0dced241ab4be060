import pytest
from made_up import passage

from app.answering.evidence import Sentence
from app.answering.lists import asks_for_several, list_with

MARKED = (
    "Keys.\nThe tenant brings:\n- a passport\n- a reference from the last landlord\n(c) money\nKeys are handed over."
)
PLAIN = (
    "The tenant pays:\nthe rent for each month of the year that has begun, in advance and in cash;\nthe water; and\n"
)
PLAIN += "all that the law asks of those who live in the house and keep dogs in it.\nThe landlord pays the rest."


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (MARKED, ["- a passport", "- a reference from the last landlord", "(c) money"]),
        (PLAIN, PLAIN.split("\n")[1:4]),
        ("He brings:\nProof of identity\nTwo photographs\nHe is let in.", ["Proof of identity", "Two photographs"]),
    ],
)
def test_a_list_goes_from_its_lead_in_to_its_last_item(text: str, items: list[str]) -> None:
    lead_in = next(number for number, line in enumerate(text.split("\n")) if line.endswith(":"))
    for number in range(lead_in, lead_in + len(items) + 1):
        found = list_with(Sentence(passage(text), number))
        assert found is not None
        assert found.lead_in.text == text.split("\n")[lead_in]
        assert [item.text for item in found.items] == items
    assert list_with(Sentence(passage(text), lead_in + len(items) + 1)) is None


@pytest.mark.parametrize(
    "text", ["He said:\nThe mill burnt.\nIt is gone.", "The fee is:\n12 crowns\nIt is due.", "Keys:"]
)
def test_without_items_there_is_no_list(text: str) -> None:
    assert list_with(Sentence(passage(text), 0)) is None


def test_what_asks_for_several() -> None:
    several = ("Which documents must I bring?", "What are the three rules?", "List the fees.", "Name all the rooms")
    one = ("What does the tenant pay?", "Who pays?", "What is the fee?", "Which census was it?")
    assert [asks_for_several(question) for question in (*several, *one)] == [True] * 4 + [False] * 4
