"""Follow-up questions that no rule completes surely, completed by a model that is qualified."""

from contextlib import closing

import pytest
from made_up import Scripted

from app.answering.answerer import Answerer, AnswerEvent, AskMode, PassagesFound
from app.answering.completing import GRAMMAR, completed_by
from app.answering.follow_up import EarlierTurn, completed
from app.domain.errors import Cancelled, EnvironmentFault
from app.domain.fit import Settings
from app.domain.messages import Message
from app.jobs.cancel import CancelToken
from app.models.packs import starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator
from app.retrieval.search import Searcher

BEFORE = EarlierTurn("When was the mill at Orrin built?", "The mill at Orrin was built in 1764 by Agnes Dunmore.")
LODGER = EarlierTurn("What is the notice period for the lodger?", "The lodger must give thirty days' notice.")
UNSURE = "what about the second one?"
SECOND = "When was the second mill at Orrin built?"


def _written(text: str, question: str = UNSURE, *, binds: bool = True) -> tuple[str, Scripted]:
    model = Scripted(text, thoughts="What could be meant?", binds=binds)
    return completed_by(model, question, [BEFORE], CancelToken()), model


@pytest.mark.parametrize("binds", [True, False])
def test_a_question_in_the_words_of_the_conversation_is_taken(binds: bool) -> None:
    written, model = _written(f"{SECOND}\n", binds=binds)
    assert written == SECOND
    assert bool(model.grammar) is binds
    assert model.asked[0].splitlines() == [
        f"Question: {BEFORE.question}",
        f"Answer: {BEFORE.answer}",
        f"Last question: {UNSURE}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "When was the second mill at Orrin built",  # no question
        "When was the second mill at Orrin built?\nIn 1764?",  # two
        "When was the mill at Orrin built?",  # without "second"
        "When was the second mill at Skarholm built?",  # nobody said Skarholm
        "When was the second mill at Orrin built in 1798?",  # nor that
        "When was the second mill at Orrin not built?",
        "When was the second mill " + "at Orrin " * 40 + "built?",
    ],
)
def test_any_other_is_not(text: str) -> None:
    assert _written(text)[0] == ""


def test_small_words_that_turn_the_sense_stay_and_none_comes() -> None:
    asked = "what about the ones under 5 years?"
    before = [EarlierTurn("How is paracetamol given to children?")]
    for written, taken in (
        ("How is paracetamol given to children under 5 years?", True),
        ("How is paracetamol given to children over 5 years?", False),
        ("How must paracetamol be given to children under 5 years?", False),
    ):
        model = Scripted(written)
        assert completed_by(model, asked, before, CancelToken()) == (written if taken else "")


def test_a_question_that_asks_what_is_not_so_still_does() -> None:
    asked = "and who was not at the second one?"
    assert _written("Who was not at the second mill at Orrin?", asked)[0]
    assert not _written("Who was at the second mill at Orrin?", asked)[0]


def test_what_was_hidden_in_an_answer_is_not_shown_to_the_model() -> None:
    model = Scripted(SECOND)
    hidden = EarlierTurn(BEFORE.question, "In 1764.\N{ZERO WIDTH SPACE}\N{TAG LATIN SMALL LETTER A}")
    completed_by(model, UNSURE, [hidden] * 9, CancelToken())
    assert model.asked[0].count("Answer: In 1764.\n") == 3


def _ask(searcher: Searcher, model: Scripted, mode: AskMode = AskMode.BOTH, question: str = UNSURE) -> list[str]:
    """Return what was looked for, each time that passages were shown."""
    heard: list[AnswerEvent] = []
    answerer = Answerer(searcher, model, lambda: True)
    answerer.ask(question, mode, CancelToken(), heard.append, [BEFORE])
    return [event.asked for event in heard if isinstance(event, PassagesFound)]


def test_passages_are_shown_before_a_model_completes_the_question_and_then_those_for_what_it_wrote(
    searcher: Searcher,
) -> None:
    by_rule = completed(UNSURE, [BEFORE]).question
    assert _ask(searcher, Scripted(SECOND)) == [by_rule, SECOND]
    assert _ask(searcher, Scripted("I cannot.")) == [by_rule, by_rule]


def test_a_model_is_not_asked_where_a_rule_is_sure_or_only_quotes_are_wanted(searcher: Searcher) -> None:
    model = Scripted(SECOND)
    assert _ask(searcher, model, AskMode.EXTRACTIVE) == [completed(UNSURE, [BEFORE]).question]
    assert model.asked == []
    _ask(searcher, model, question="and the wheel?")
    _ask(searcher, model, question="Who paints the ferry at Skarholm?")
    assert not any("Last question" in told for told in model.asked)


def test_a_model_that_is_not_qualified_is_not_asked(searcher: Searcher) -> None:
    model = Scripted(SECOND)
    Answerer(searcher, model).ask(UNSURE, AskMode.BOTH, CancelToken(), earlier=[BEFORE])
    assert not any("Last question" in told for told in model.asked)


def test_the_starter_model_is_held_to_one_question_on_one_line() -> None:
    """It is not good enough to be asked in earnest; what it writes shows that the grammar binds."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    settings = FixedLoading(Settings(1_024, 512, "f16", threads=1))
    with closing(LlamaCppGenerator(starter_generator(), settings)) as model:
        with closing(model.generate([Message("user", "Say hello.")], 60, CancelToken(), grammar=GRAMMAR)) as pieces:
            written = "".join(piece.text for piece in pieces)
        assert written.strip()
        assert "\n" not in written
        assert "?" not in written[:-1]
        completed_question = completed_by(model, "and the landlord?", [LODGER], CancelToken())
    assert completed_question in ("", "What is the notice period for the landlord?")


def test_where_the_model_fails_the_rule_remains() -> None:
    def fail(_cancel: CancelToken) -> None:
        raise EnvironmentFault("The model crashed.", "Ask again.")

    assert completed_by(Scripted(SECOND, before=fail), UNSURE, [BEFORE], CancelToken()) == ""
    assert completed_by(Scripted(SECOND, room=10), UNSURE, [BEFORE], CancelToken()) == ""


def test_stop_is_heard_while_it_writes() -> None:
    def stop(cancel: CancelToken) -> None:
        cancel.cancel()

    model = Scripted(SECOND, before=stop)
    with pytest.raises(Cancelled):
        completed_by(model, UNSURE, [BEFORE], CancelToken())
    assert model.left
