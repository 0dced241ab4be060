import pytest

from app.answering.denial import asks_what_is_not, denies


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Which ward was not inspected?", True),
        ("Who never paid", True),
        ("In 2018, what didn't they repair?", True),
        ("Which ward was inspected?", False),
        # the documents may say the contrary
        ("Is the mill not red?", False),
        ("The wards that burnt, which were not inspected, are closed.", False),
    ],
)
def test_what_asks_for_what_is_not(question: str, asks: bool) -> None:
    assert asks_what_is_not(question) is asks


@pytest.mark.parametrize("text", ["It is not so.", "They didn\u2019t.", "They refused.", "It failed.", "Only Agnes."])
def test_what_denies(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize("text", ["The mill burnt.", "A notable north wind.", "Nora noted it."])
def test_what_does_not(text: str) -> None:
    assert not denies(text)
