import pytest
from made_up import passage

from app.answering import extractive
from app.answering.opposites import tells_of_another_number, tells_of_the_opposite
from app.retrieval.search import Found


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is the lowest court?", "The Court of Orrin is the highest court."),
        ("What was the FIRST ship?", "The last ship was the Petra."),
        ("Which wards lie in the southern wing?", "The wards of the northern wing are closed."),
        ("How much is paid after the delivery?", "Half is paid before the delivery."),
        ("What must be done without a permit?", "With a permit, the boiler is opened."),
    ],
)
def test_it_has_the_opposite_of_a_word_and_not_the_word(question: str, sentence: str) -> None:
    assert tells_of_the_opposite(question, sentence)
    assert not tells_of_the_opposite(question, question)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is the lowest court?", "The lowest court is that of Skarholm, the highest that of Orrin."),
        ("Is the court the highest or the lowest?", "It is the highest."),
        ("How long is the lease?", "The short lease runs for two years."),
        ("How many wards are there?", "There are few wards."),
        ("What is paid after the delivery?", "Before the inspection, half is paid."),
        ("What is the fee?", "The fee is the highest of all."),
        ("", ""),
    ],
)
def test_any_other_sentence_does_not(question: str, sentence: str) -> None:
    assert not tells_of_the_opposite(question, sentence)


def _said(question: str, text: str, met: tuple[float, ...]) -> list[str]:
    found = passage(text)
    object.__setattr__(found, "sentences", met)
    return [claim.text for claim in extractive.answer(Found(question, (found,)))]


HIGHEST = "The Court of Orrin is the highest court of the valley."
LOWEST = "At the bottom is the Court of Skarholm, the lowest of the courts."
OTHER = "The Court of Orrin sits on Mondays in the old mill."


def test_what_tells_of_the_opposite_is_no_answer_and_gives_way_to_what_meets_the_question_as_well() -> None:
    question = "What is the lowest court of the valley?"
    assert _said(question, f"{HIGHEST}\n{LOWEST}", (0.8, 0.75)) == [LOWEST]
    assert _said(question, f"{HIGHEST}\n{OTHER}", (0.8, 0.5)) == []
    assert _said(question, HIGHEST, (0.8,)) == []
    assert HIGHEST in _said("What is the highest court of the valley?", f"{HIGHEST}\n{OTHER}", (0.8, 0.5))


def test_to_a_statement_and_to_a_question_for_yes_or_no_the_opposite_is_an_answer() -> None:
    for question in ("Is the Court of Orrin the lowest court?", "The Court of Orrin is the lowest court"):
        assert _said(question, HIGHEST, (0.8,)) == [HIGHEST]


@pytest.mark.parametrize(
    ("question", "sentence", "passage_besides"),
    [
        ("Who passed the Harbour Act of 1988?", "The Harbour Act 1998 was passed by the council.", ""),
        ("In what year did 12 academies sign?", "In 2001, 16 academies signed.", ""),
        ("What costs 4.5 crowns?", "The ferry costs 4,5 crowns.", ""),
        ("Which ward has 20 beds?", "The west ward has 25 beds.", "It had 22 in 2019."),
    ],
)
def test_it_has_another_number_beside_the_same_word(question: str, sentence: str, passage_besides: str) -> None:
    assert tells_of_another_number(question, sentence, f"{sentence} {passage_besides}")


@pytest.mark.parametrize(
    ("question", "sentence", "passage_besides"),
    [
        ("Who passed the Harbour Act of 1998?", "The Harbour Act 1998 was passed by the council.", ""),
        ("Which ward has 20 beds?", "The west ward has 25 beds.", "The east ward has 20."),
        ("What was earned in 2019?", "In 2018 the society earned 4,120 crowns.", ""),  # "in" says nothing
        ("How many beds are there?", "There are 25 beds.", ""),
        ("Which ward has 20 beds?", "There are 25 nurses.", ""),
        ("2019", "2018", ""),
        ("", "", ""),
    ],
)
def test_any_other_number_is_none_in_its_place(question: str, sentence: str, passage_besides: str) -> None:
    assert not tells_of_another_number(question, sentence, f"{sentence} {passage_besides}")


def test_what_tells_of_another_number_is_no_answer() -> None:
    ward = "The west ward of the hospital has 25 beds."
    assert _said("Which ward of the hospital has 20 beds?", f"{ward}\n{OTHER}", (0.8, 0.3)) == []
    assert ward in _said("Which ward of the hospital has 25 beds?", f"{ward}\n{OTHER}", (0.8, 0.3))
