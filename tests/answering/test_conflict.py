import pytest
from made_up import passage

from app.answering.conflict import sides
from app.answering.evidence import sentences_of


def _values(question: str, *texts: str) -> list[str]:
    passages = [passage(text, document=str(number)) for number, text in enumerate(texts)]
    return [value for _, value in sides(question, sentences_of(passages))]


@pytest.mark.parametrize(
    ("question", "texts", "values"),
    [
        ("How much is the fee?", ["The fee is 12 crowns.", "The fee is 15 crowns."], ["12", "15"]),
        (
            "When was the mill built?",
            ["The mill was built in 1764.", "The mill was built in May 1765."],
            ["1764", "May 1765"],
        ),
        (
            "When does the lease end?",
            ["The lease ends on 3 May 2024.", "The lease will end on 4 June 2025."],
            ["3 May 2024", "4 June 2025"],
        ),
        (
            "Who is the treasurer of the society?",
            ["The treasurer of the society is Petra Valk.", "The treasurer of the society is Agnes Dunmore."],
            ["Petra Valk", "Agnes Dunmore"],
        ),
        (
            "How much is the fee?",
            ["The fee is 12 crowns.", "The fee is 15 crowns.", "The fee is 9 crowns."],
            ["12", "15", "9"],
        ),
        (
            "What is the annual fee?",
            ["The annual fee is 12 crowns.", "The annual fee is 15 crowns.", "The annual fee is twelve crowns."],
            ["12", "15"],
        ),
    ],
)
def test_documents_that_say_different_things_are_told(question: str, texts: list[str], values: list[str]) -> None:
    assert _values(question, *texts) == values


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("How much is the fee?", ["The fee is 1 crown.", "The fee is one crown."]),
        ("How much is the fee?", ["The fee is 1,200 crowns.", "The fee is 1200 crowns."]),
        ("When was the mill built?", ["The mill was built in 1764.", "The mill was built on 3 May 1764."]),
        ("How much is the fee?", ["The fee is 12 crowns.", "The fee is 15 pounds."]),
        (
            "How much is the fee of the ferry?",
            ["The fee of the ferry is 12 crowns.", "The fee of the barn is 15 crowns."],
        ),
        ("How much is the fee?", ["The fee is 12 crowns.\nThe fee is 15 crowns."]),
        ("What is the annual fee?", ["The annual fee is 12 crowns.", "The annual fee is paid by 15 members."]),
        ("Why is there a fee?", ["The fee is 12 crowns.", "The fee is 15 crowns."]),
        ("How much is the fee?", []),
    ],
    ids=[
        "a word",
        "a comma",
        "more exact",
        "another unit",
        "another thing",
        "one document",
        "other words",
        "no value asked for",
        "none",
    ],
)
def test_what_may_agree_is_no_conflict(question: str, texts: list[str]) -> None:
    assert _values(question, *texts) == []
