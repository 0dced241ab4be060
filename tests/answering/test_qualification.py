"""The built-in questions, and how generators of every kind do in them."""

import shutil
import tomllib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answering import extractive, prompt
from app.answering.accepted import contains
from app.answering.evidence import sentences_of
from app.answering.qualification import Qualifier, edition
from app.domain.errors import Cancelled
from app.domain.messages import Message, Piece
from app.domain.qualification import LEAST_RIGHT, Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models import built_in
from app.models.built_in import BuiltInQuestion, built_in_questions
from app.models.chosen import ChosenGenerator
from app.models.packs import GeneratorPack, ModelFile
from app.models.qualifications import Qualifications
from app.retrieval.search import Found
from app.services import Qualifying

FOLDER = Path(__file__).parents[2] / "resources" / "qualification"
QUESTIONS = built_in_questions()


class Pupil:
    """A generator that says what a test wants to each of the built-in questions."""

    name = "pupil"
    binds = False
    loaded = None

    def __init__(self, reply: Callable[[BuiltInQuestion], str]) -> None:
        self._reply = reply

    def generate(
        self,
        messages: Sequence[Message],
        _max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Generator[Piece, None, None]:
        assert (seed, temperature, grammar) == (0, 0.0, "")
        asked = next(one for one in QUESTIONS if messages[-1].content.endswith(f"Question: {one.text}"))
        cancel.check()
        yield Piece(self._reply(asked))

    def memory(self) -> int:
        return 0

    def close(self) -> None:
        """Hold nothing."""


def right(question: BuiltInQuestion) -> str:
    if not question.answers:
        return prompt.NO_ANSWER
    sentences = [sentence.text for sentence in sentences_of(question.passages[:1])]
    return next(text for text in sentences if contains(text, question.answers))


def wrong(question: BuiltInQuestion) -> str:
    sentences = [sentence.text for sentence in sentences_of(question.passages[1:])]
    return next(text for text in sentences if not contains(text, question.answers))


def about(document: str) -> list[BuiltInQuestion]:
    return [question for question in QUESTIONS if question.passages[0].document == document]


def asked(reply: Callable[[BuiltInQuestion], str]) -> Qualification:
    qualifier = Qualifier(QUESTIONS)
    for _ in qualifier.run(Pupil(reply), ProgressSlot(), CancelToken()):
        pass
    return qualifier.result


def test_there_are_forty_questions_with_an_answer_and_twenty_without() -> None:
    assert len([question for question in QUESTIONS if question.answers]) == 40
    assert len([question for question in QUESTIONS if not question.answers]) == 20
    assert len({question.text for question in QUESTIONS}) == 60


def test_each_question_shows_three_passages_of_its_own_document() -> None:
    for question in QUESTIONS:
        assert len(question.passages) == 3
        assert len({passage.document for passage in question.passages}) == 1
        assert len({passage.chunk.ordinal for passage in question.passages}) == 3
    for file in FOLDER.glob("*.toml"):
        record = tomllib.loads(file.read_text("utf-8"))
        assert len({passage["id"] for passage in record["passages"]}) == len(record["passages"]) == 3


def test_the_documents_are_of_many_kinds_and_three_languages() -> None:
    records = [tomllib.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.toml")]
    assert len({record["kind"] for record in records}) >= 7
    assert set(Counter(record["language"] for record in records)) == {"en", "de", "fr"}


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.answers], ids=lambda one: one.text)
def test_an_accepted_answer_stands_in_its_passage_and_nowhere_else(question: BuiltInQuestion) -> None:
    first, *others = question.passages
    assert not question.lacks
    assert any(contains(first.chunk.text, [answer]) for answer in question.answers)
    assert not contains(question.text, question.answers[1:])
    for passage in others:
        assert not contains(passage.chunk.text, question.answers)


@pytest.mark.parametrize("question", [one for one in QUESTIONS if not one.answers], ids=lambda one: one.text)
def test_what_an_unanswerable_question_is_about_stands_nowhere(question: BuiltInQuestion) -> None:
    assert contains(question.text, [question.lacks])
    for passage in question.passages:
        assert not contains(f"{passage.title} {passage.chunk.text}", [question.lacks])


def test_one_that_quotes_rightly_and_else_keeps_silent_passes() -> None:
    result = asked(right)
    assert result == Qualification(
        answerable=40, right=40, answered=40, cited=40, unanswerable=20, silent=20, written=40, invented=0
    )
    assert (result.accuracy, result.invention, result.citation) == (1, 0, 1)
    assert result.passed
    assert result.words == "qualified: answers 40 of 40 questions rightly, invents 0 of 40 sentences"


def test_one_that_invents_does_not() -> None:
    result = asked(lambda _question: "The director, Karl Miller, settled that in 1987.")
    assert (result.right, result.answered, result.silent) == (0, 0, 20)
    assert (result.written, result.invented) == (60, 60)
    assert not result.passed
    assert result.words.startswith("below the mark: answers 0 of 40")


def test_one_that_says_nothing_does_not() -> None:
    result = asked(lambda _question: prompt.NO_ANSWER)
    assert (result.silent, result.written, result.invention, result.citation) == (20, 0, 0, 0)
    assert not result.passed
    assert result.words == "below the mark: answers none of 40 questions"


def test_one_that_cites_what_does_not_answer_does_not() -> None:
    result = asked(wrong)
    assert (result.right, result.cited, result.answered, result.citation) == (0, 0, 40, 0)
    # What is true and answers nothing is invented only where there is no answer.
    assert (result.silent, result.written, result.invented) == (0, 60, 20)
    assert not result.passed


def test_one_that_answers_everything_does_not_however_right_it_is() -> None:
    result = asked(lambda question: right(question) if question.answers else wrong(question))
    assert (result.accuracy, result.citation) == (1, 1)
    assert result.invention == pytest.approx(1 / 3)
    assert not result.passed


def test_the_mark_is_in_reach_of_one_that_errs_now_and_then() -> None:
    assert Qualification(answerable=40, right=28, written=40, invented=4).passed
    assert not Qualification(answerable=40, right=27, written=40, invented=4).passed
    assert not Qualification(answerable=40, right=28, written=40, invented=5).passed


def test_the_quotes_of_the_passages_are_as_right_as_the_mark_asks() -> None:
    answerable = [question for question in QUESTIONS if question.answers]
    answers = [extractive.answer(Found(question.text, question.passages)) for question in answerable]
    texts = [" ".join(claim.text for claim in claims) for claims in answers]
    held = [contains(text, question.answers) for text, question in zip(texts, answerable, strict=True)]
    assert sum(held) / len(held) >= LEAST_RIGHT


def test_stopped_it_goes_on_where_it_stood() -> None:
    cancel, progress, heard = CancelToken(), ProgressSlot(), list[str]()

    def reply(question: BuiltInQuestion) -> str:
        heard.append(question.text)
        if len(heard) == 5:
            cancel.cancel()
            cancel.check()
        return right(question)

    qualifier = Qualifier(QUESTIONS)
    with pytest.raises(Cancelled):
        list(qualifier.run(Pupil(reply), progress, cancel))
    assert (progress.latest().done, progress.latest().total) == (4, 60)
    assert qualifier.result.answerable == 4
    list(qualifier.run(Pupil(reply), progress, CancelToken()))
    assert heard[4] == heard[5]
    assert qualifier.result == asked(right)


def test_what_two_models_answered_is_no_result(tmp_path: Path) -> None:
    one = GeneratorPack("one", "One", (ModelFile(Path("one.gguf"), "ab" * 32),), None, stand_in=False)
    other = replace(one, id="other", files=(ModelFile(Path("other.gguf"), "cd" * 32),))
    heard = list[str]()

    def reply(question: BuiltInQuestion) -> str:
        heard.append(question.text)
        if len(heard) == 3:
            chosen.choose_again()
        return right(question)

    chosen = ChosenGenerator(one, lambda: other, lambda _pack: Pupil(reply))
    results = Qualifications(tmp_path / "qualified.json", edition)
    assert not Qualifying(chosen, one, results).run(ProgressSlot(), CancelToken())
    assert len(heard) == 3
    assert not results.all()
    assert Qualifying(chosen, other, results).run(ProgressSlot(), CancelToken())
    assert results.all() == {other.key: asked(right)}


def test_another_word_in_questions_or_rules_makes_another_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = edition()
    assert edition() == before
    with monkeypatch.context() as patch:
        patch.setattr(prompt, "_RULES", prompt._RULES.replace("short", "long"))
        assert edition() != before
    copied = shutil.copytree(FOLDER, tmp_path / "questions")
    monkeypatch.setattr(built_in, "_FOLDER", copied)
    assert edition() == before
    with (copied / "kiln.toml").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert edition() != before
