import pytest
from made_up import passage

from app.answering.evidence import sentences_of
from app.answering.expected import has_expected

SENTENCES = sentences_of(
    [passage("The barn was roofed in May 1874.\nForty men worked on it.\nIt was Agnes who paid.\nIt is dry.")]
)


@pytest.mark.parametrize(
    ("question", "having"),
    [
        ("When was the barn roofed?", [True, False, False, False]),
        ("In what year was it?", [True, False, False, False]),
        ("How many men worked?", [True, True, False, False]),
        ("Who paid?", [True, False, True, False]),
        ("Was it Agnes who paid in May?", [False, False, False, False]),
        ("Is it dry?", [True, True, True, True]),
        ("Wie viele waren es?", [True, True, True, True]),
    ],
)
def test_what_the_form_of_a_question_tells(question: str, having: list[bool]) -> None:
    assert [has_expected(question)(sentence) for sentence in SENTENCES] == having
