import pytest

from app.retrieval.naming import NamedQuestion, split


@pytest.mark.parametrize(
    ("question", "name", "rest"),
    [
        (
            "In the Lease Agreement between Brackwater Mills Ltd and Olsen Joinery: Which law governs?",
            "the Lease Agreement between Brackwater Mills Ltd and Olsen Joinery",
            "Which law governs?",
        ),
        ("Under the Harbour Act 1847, who pays the pilot?", "the Harbour Act 1847", "who pays the pilot?"),
        ("Olsen Joinery lease: notice period", "Olsen Joinery lease", "notice period"),
        (
            "What is the notice period in the lease between Brackwater and Olsen?",
            "the lease between Brackwater and Olsen",
            "What is the notice period",
        ),
    ],
)
def test_a_question_that_names_a_document_has_two_parts(question: str, name: str, rest: str) -> None:
    assert split(question) == NamedQuestion(name, rest)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "When was the Harbour Act passed?",
        "In 1847, who was the harbour master?",
        "Under normal conditions, what do two atoms of oxygen form?",
        "In Norway, Sweden and Denmark the law differs.",
        "Who said: never again?",
        "What is the length of the border between France and Spain?",
    ],
)
def test_other_questions_are_left_whole(question: str) -> None:
    assert split(question) == NamedQuestion("", question)
