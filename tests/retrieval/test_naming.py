import pytest

from app.retrieval.naming import NamedQuestion, compares, sides, split


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
        "When Agnes Dunmore ruled the valley, what did she build?",
        "After Brackwater Mills sold the wheel, who repaired it?",
        "What is the length of the border between France and Spain?",
    ],
)
def test_other_questions_are_left_whole(question: str) -> None:
    assert split(question) == NamedQuestion("", question)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Compare the Lease Agreement and the Licence Agreement.", ("Lease Agreement", "Licence Agreement")),
        (
            "How do the rents of the Brackwater Mills lease and the Tarn Software licence differ?",
            ("Brackwater Mills lease", "Tarn Software licence"),
        ),
        ("Which of these agreements ends first?", ()),
        ("Who signed the Lease Agreement and the Licence Agreement?", ()),
    ],
)
def test_documents_that_are_compared_are_named(question: str, names: tuple[str, ...]) -> None:
    assert sides(question) == names


@pytest.mark.parametrize(
    ("question", "side_by_side"),
    [
        ("Which law governs both agreements?", True),
        ("Which of the two contracts ends first?", True),
        ("What is the difference between a lease and a licence?", True),
        ("How much is the rent compared with that of last year?", True),
        ("Which law governs the lease?", False),
        ("When do both parties sign?", False),
        ("How many different trees are there?", False),
    ],
)
def test_a_question_that_compares_is_known(question: str, side_by_side: bool) -> None:
    assert compares(question) is side_by_side
