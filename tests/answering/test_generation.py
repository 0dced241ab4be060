import pytest
from made_up import Scripted, passage

from app.answering import prompt
from app.answering.generation import MOST_SENTENCES, Statement, sentences, warm_up, write
from app.domain.errors import UsageFault
from app.jobs.cancel import CancelToken

_TEXT = "The mill was built in 1764 by A. Dunmore. It is 7.5 m high! Is it? Yes, e.g. since spring.\n- One point\n- Two"


def unheard(thought: str) -> None:
    raise AssertionError(f"it thinks nothing: {thought}")


@pytest.mark.parametrize("length", range(1, 24))
def test_sentences_are_the_same_however_the_text_comes(length: int) -> None:
    whole = list(sentences([_TEXT]))
    assert "".join(whole).replace(" ", "") == _TEXT.replace(" ", "").replace("\n", "")
    assert len(whole) > 4
    assert list(sentences(_TEXT[at : at + length] for at in range(0, len(_TEXT), length))) == whole


def test_a_sentence_comes_as_soon_as_the_next_begins() -> None:
    pieces = iter(["The mill is old. ", "It ", "stands. ", "Still"])
    streamed = sentences(pieces)
    assert next(streamed) == "The mill is old."
    assert list(pieces) == ["stands. ", "Still"]


def test_it_ends_where_the_model_repeats_itself_or_has_no_answer_or_goes_on_and_on() -> None:
    def written(*pieces: str) -> list[str]:
        generator = Scripted(*pieces)
        found = list(write(generator, "Why?", [passage("One.")], CancelToken(), unheard))
        assert generator.left
        return [statement.text for statement in found]

    assert written("The mill is old. ", "It stands. ", "The mill is old. ", "More. ") == [
        "The mill is old.",
        "It stands.",
    ]
    assert written("The passages do not say. ", "But I think so. ") == []
    assert len(written(*(f"Sentence number {number}. " for number in range(50)))) == MOST_SENTENCES


def test_the_sentences_that_it_names_are_told_apart() -> None:
    generator = Scripted("It stands [2]. ", "It is old [1, 2]. ", "It burnt [7]. ", "[1]. ", "Once [1] more.")
    found = list(write(generator, "Why?", [passage("One.\nTwo.")], CancelToken(), unheard))
    assert [(statement.text, [named.text for named in statement.named]) for statement in found] == [
        ("It stands.", ["Two."]),
        ("It is old.", ["One.", "Two."]),
        ("It burnt.", []),
        ("Once more.", ["One."]),
    ]


def test_it_is_held_to_naming_what_it_was_shown_where_it_can_be() -> None:
    free, bound = Scripted("It stands."), Scripted("It stands.", binds=True)
    for generator in (free, bound):
        list(write(generator, "Why?", [passage("One.\nTwo.")], CancelToken(), unheard))
    assert not free.grammar
    assert 'number ::= "1" | "2"' in bound.grammar


def test_warming_up_reads_what_every_question_begins_with() -> None:
    generator = Scripted("It.")
    warm_up(generator, CancelToken())
    list(write(generator, "Why?", [passage("One.")], CancelToken(), unheard))
    (warm, _), (asked, _) = generator.conversations
    assert warm.content[:-13] == asked.content[:-13]
    assert generator.left


def test_what_it_thinks_is_no_sentence_of_its_answer() -> None:
    thoughts: list[str] = []
    generator = Scripted("It ", "stands. ", thoughts="The mill is old. It burnt. ")
    assert list(write(generator, "Why?", [passage("One.")], CancelToken(), thoughts.append)) == [
        Statement("It stands.")
    ]
    assert thoughts == ["The mill is old. It burnt. "]


def test_a_text_that_does_not_fit_is_asked_again_shorter() -> None:
    generator = Scripted("It fits.", room=2_000)
    found = [passage(f"{number} " + "word " * 180, ordinal=number) for number in range(6)]
    assert list(write(generator, "Why?", found, CancelToken(), unheard)) == [Statement("It fits.")]
    lengths = [len(asked) for asked in generator.asked]
    assert lengths == sorted(lengths, reverse=True)
    assert "\n[1] 0 word" in generator.asked[-1]


def test_a_question_that_never_fits_is_refused() -> None:
    generator = Scripted("Never said.", room=10)
    with pytest.raises(UsageFault):
        list(write(generator, "Why?", [passage("One.")], CancelToken(), unheard))
    assert 1 < len(generator.asked) < 10


def test_the_reply_for_no_answer_is_the_one_that_was_asked_for() -> None:
    rules, _ = prompt.build("Why?", [passage("One.")]).messages
    assert prompt.NO_ANSWER in rules.content
