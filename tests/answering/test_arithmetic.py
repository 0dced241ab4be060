import pytest
from made_up import passage

from app.answering.arithmetic import reckon

ACCOUNTS = passage(
    "The society earned 4,120 crowns in 2018.\nThe society earned 3,900.50 crowns in 2017.\n"
    "Its revenue was $3 million in 2019 and $4.5 million in 2020.\nIt had 120 members on 3 May 2018.",
    document="accounts",
)
RENT = passage(
    "The rent of Alder House is 900 euros a month.\nThe rent of Birch House is €1,250 a month.\n"
    "Cedar House has 14 rooms.\nThe rent of Cedar House is 800 crowns a month.",
    document="rent",
)

EARNED = "4,120 crowns (2018) − 3,900.50 crowns (2017) = 219.50 crowns"
GREW = "$4,500,000 (2020) − $3,000,000 (2019) = $1,500,000"
RECKONED = [
    ("How much more did the society earn in 2018 than in 2017?", EARNED),
    ("What is the difference between what the society earned in 2017 and 2018?", EARNED),
    (
        "What did the society earn in 2017 and 2018 together?",
        "3,900.50 crowns (2017) + 4,120 crowns (2018) = 8,020.50 crowns",
    ),
    ("How much did the revenue grow from 2019 to 2020?", GREW),
    ("By what percentage did the revenue rise from 2019 to 2020?", f"{GREW}; that is +50 % of $3,000,000"),
    ("By what percentage did the revenue fall from 2020 to 2019?", f"{GREW}; that is -33.3 % of $4,500,000"),
    (
        "What is the difference between the rent of Alder House and Birch House?",
        "€1,250 (Birch House) − €900 (Alder House) = €350",
    ),
]
NOT_RECKONED = [
    "What did the society earn in 2018?",
    "How much more did the society earn in 2018 than in 2016?",
    "How many more members did the society have in 2018 than in 2017?",
    "What is the difference between the rent of Alder House and Cedar House?",
    "What is the difference between a lease and a licence?",
    "How much did the revenue grow?",
    "What is the difference between 2018 and 2017?",
    "Who chaired the society in 2017 and 2018?",
]


@pytest.mark.parametrize(("question", "text"), RECKONED)
def test_the_program_reckons_what_the_documents_give(question: str, text: str) -> None:
    claim = reckon(question, [ACCOUNTS, RENT])
    assert claim is not None
    assert claim.text == text
    assert claim.supported
    assert len(claim.citations) == 2


@pytest.mark.parametrize("question", NOT_RECKONED)
def test_it_does_not_where_it_is_not_certain(question: str) -> None:
    assert reckon(question, [ACCOUNTS, RENT]) is None


def test_two_amounts_for_the_same_are_not_reckoned_with() -> None:
    other = passage("The society earned 4,200 crowns in 2018.", document="letter")
    assert reckon(RECKONED[0][0], [ACCOUNTS, other]) is None
