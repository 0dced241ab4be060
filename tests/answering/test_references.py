import pytest
from made_up import passage

from app.answering.evidence import Sentence
from app.answering.references import refers_back, with_what_it_refers_to


@pytest.mark.parametrize(
    "text",
    [
        "It was built in 1764.",
        "He left.",
        "“They went away.”",
        "This amount is due in May.",
        "However, they stayed.",
        "In addition, its roof was mended.",
        "The latter burnt down.",
        "It is painted red.",
    ],
)
def test_what_refers_to_something_before(text: str) -> None:
    assert refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "The mill was built in 1764.",
        "However, the mill stayed.",
        "This Agreement ends in May.",
        "This policy holds for all staff.",
        "It is agreed that the fee is 12 crowns.",
        "Item 3 is due.",
    ],
)
def test_what_stands_alone(text: str) -> None:
    assert not refers_back(text)


@pytest.mark.parametrize(
    ("number", "first"),
    [(0, 0), (1, 0), (2, 0), (4, 2), (6, 6)],
    ids=["none before it", "one", "what that refers to", "two at most", "no heading"],
)
def test_it_brings_what_it_refers_to(number: int, first: int) -> None:
    text = "It stands.\nIt is old.\nThis helped.\nIt did so.\nThey saw it.\nThe ferry\nIt leaves at six."
    excerpt = with_what_it_refers_to(Sentence(passage(text), number))
    assert (excerpt.first, excerpt.last) == (first, number)
