"""What every generator must do, whatever runs it: the starter model in a context of `CONTEXT` tokens."""

from collections.abc import Callable, Iterable
from re import fullmatch
from threading import Thread, Timer
from time import monotonic

import pytest

from app.domain.errors import Cancelled, UsageFault
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken
from app.models.chosen import Generator

QUESTION = [
    Message("system", "You are a helpful assistant. Answer in one short sentence."),
    Message("user", "What is the capital of France?"),
]
STORY = [Message("user", "Tell me a very long story about a lighthouse, with many details.")]
# Stop is seen within 0.2 s on a machine that has the time for it; here others may be at work.
SOON = 1.0
CONTEXT = 1_024

Count = Callable[[str], int]


def said(pieces: Iterable[Piece]) -> str:
    """The answer; nothing of what was thought aloud before it."""
    return "".join(piece.text for piece in pieces if not piece.thought)


def thought(pieces: Iterable[Piece]) -> str:
    """What was thought aloud."""
    return "".join(piece.text for piece in pieces if piece.thought)


def long_prompt(count: Count, tokens: int) -> list[Message]:
    """A prompt of nearly so many tokens."""
    sentence = "The lease ends in March and the supplier keeps records of each delivery. "
    each = count(sentence * 11) - count(sentence * 10)
    return [Message("user", sentence * ((tokens - 60) // each) + "\nTell a long story about this.")]


class GeneratorContract:
    """Inherited by the test of each runtime, which gives the fixture ``generator``; ``count`` is of a text's tokens."""

    def test_it_writes_in_pieces_until_it_ends(self, generator: Generator) -> None:
        pieces = list(generator.generate(QUESTION, 200, CancelToken()))
        assert 1 < len(pieces) < 200
        assert all(piece.text for piece in pieces)
        assert "Paris" in said(pieces)
        assert not thought(pieces)

    def test_it_stops_at_the_tokens_asked_for(self, generator: Generator, count: Count) -> None:
        text = said(generator.generate(STORY, 12, CancelToken()))
        assert 0 < count(text) <= 12

    def test_without_temperature_it_always_says_the_same(self, generator: Generator) -> None:
        first = list(generator.generate(STORY, 24, CancelToken(), seed=1))
        assert list(generator.generate(STORY, 24, CancelToken(), seed=2)) == first

    def test_an_answer_does_not_depend_on_what_was_asked_before(self, generator: Generator) -> None:
        first = list(generator.generate(QUESTION, 24, CancelToken()))
        list(generator.generate(STORY, 24, CancelToken()))
        assert list(generator.generate(QUESTION, 24, CancelToken())) == first

    def test_stop_before_the_start(self, generator: Generator) -> None:
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            next(generator.generate(STORY, 24, cancel))

    def test_stop_between_the_words(self, generator: Generator) -> None:
        cancel = CancelToken()
        pieces = generator.generate(STORY, 1000, cancel)
        next(pieces)
        cancel.cancel()
        began = monotonic()
        with pytest.raises(Cancelled):
            list(pieces)
        assert monotonic() - began < SOON
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_an_answer_that_nobody_listens_to_ends(self, generator: Generator) -> None:
        for _ in generator.generate(STORY, 1000, CancelToken()):
            break
        began = monotonic()
        assert list(generator.generate(QUESTION, 1, CancelToken()))
        assert monotonic() - began < 10 * SOON

    def test_a_prompt_beyond_the_context_is_refused_in_words(self, generator: Generator) -> None:
        too_long = [Message("user", "word " * CONTEXT)]
        with pytest.raises(UsageFault, match="too long") as caught:
            list(generator.generate(too_long, 8, CancelToken()))
        assert caught.value.remedy
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_two_who_ask_at_once_both_get_their_answer(self, generator: Generator) -> None:
        alone = [said(generator.generate(turns, 16, CancelToken())) for turns in (QUESTION, STORY)]
        heard = ["", ""]

        def ask(place: int, turns: list[Message]) -> None:
            heard[place] = said(generator.generate(turns, 16, CancelToken()))

        threads = [Thread(target=ask, args=(place, turns)) for place, turns in enumerate((QUESTION, STORY))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert heard == alone

    def test_one_who_waits_for_his_turn_can_stop(self, generator: Generator) -> None:
        writing = generator.generate(STORY, 1000, CancelToken())
        next(writing)
        cancel = CancelToken()
        Timer(0.1, cancel.cancel).start()
        with pytest.raises(Cancelled):
            next(generator.generate(QUESTION, 8, cancel))
        assert next(writing)

    def test_a_grammar_is_never_passed_over(self, generator: Generator) -> None:
        """Who cannot be bound says so, before anything is written."""
        yes_or_no = 'root ::= "yes" | "no"'
        if generator.binds:
            assert said(generator.generate(QUESTION, 24, CancelToken(), grammar=yes_or_no)) in ("yes", "no")
            return
        with pytest.raises(UsageFault, match="cannot be held to a grammar") as caught:
            next(generator.generate(QUESTION, 24, CancelToken(), grammar=yes_or_no))
        assert caught.value.remedy

    def test_closing_ends_an_answer_without_a_fault(self, generator: Generator) -> None:
        pieces = generator.generate(STORY, 1000, CancelToken())
        next(pieces)
        generator.close()
        with pytest.raises(Cancelled):
            list(pieces)

    def test_it_starts_again_after_its_end(self, generator: Generator) -> None:
        generator.close()
        assert list(generator.generate(QUESTION, 4, CancelToken()))


class ExactContract(GeneratorContract):
    """Inherited where a seed arrives at the model, and a prompt is measured in tokens."""

    def test_a_seed_repeats_a_choice(self, generator: Generator) -> None:
        def told(seed: int) -> str:
            return said(generator.generate(STORY, 24, CancelToken(), seed=seed, temperature=1.5))

        told(1)
        assert told(3) == told(3)
        assert len({told(seed) for seed in range(4)}) > 1

    def test_the_beginning_of_a_prompt_is_read_once(self, generator: Generator, count: Count) -> None:
        prompt = long_prompt(count, CONTEXT // 2)

        def first_piece() -> float:
            began = monotonic()
            for _ in generator.generate(prompt, 1, CancelToken()):
                return monotonic() - began
            raise AssertionError("nothing was written")

        list(generator.generate(STORY, 1, CancelToken()))
        assert first_piece() > 3 * first_piece()

    def test_stop_while_the_prompt_is_read(self, generator: Generator, count: Count) -> None:
        cancel = CancelToken()
        prompt = long_prompt(count, CONTEXT)
        Timer(0.1, cancel.cancel).start()
        began = monotonic()
        with pytest.raises(Cancelled):
            list(generator.generate(prompt, 24, cancel))
        assert monotonic() - began < 0.1 + SOON
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_an_answer_ends_where_the_context_does(self, generator: Generator, count: Count) -> None:
        prompt = long_prompt(count, CONTEXT)
        room = CONTEXT - count(prompt[0].content)
        text = said(generator.generate(prompt, 5000, CancelToken()))
        assert 0 < count(text) <= room < 100


class BoundContract(GeneratorContract):
    """Inherited where a grammar binds what is written."""

    def test_sentences_have_only_the_numbers_of_their_sources(self, generator: Generator) -> None:
        grammar = 'root ::= claim claim\nclaim ::= [A-Z] [a-z ]{8,60} ". [" [1-3] "]\\n"\n'
        for seed in range(3):
            text = said(generator.generate(STORY, 200, CancelToken(), seed, temperature=1.2, grammar=grammar))
            assert fullmatch(r"([A-Z][a-z ]{8,60}\. \[[1-3]\]\n){2}", text)

    def test_a_grammar_binds_one_answer_and_no_other(self, generator: Generator) -> None:
        free = said(generator.generate(QUESTION, 24, CancelToken()))
        bound = said(generator.generate(QUESTION, 24, CancelToken(), grammar='root ::= "It is " [A-Z] [a-z]+ "!"'))
        assert fullmatch(r"It is [A-Z][a-z]+!?", bound)
        assert said(generator.generate(QUESTION, 24, CancelToken())) == free

    @pytest.mark.parametrize(
        "grammar", ["root ::= missing", 'answer ::= "yes"', 'root ::= "yes', 'root ::= root "x" | "y"', "Say yes."]
    )
    def test_a_wrong_grammar_is_refused_before_anything_is_written(self, generator: Generator, grammar: str) -> None:
        with pytest.raises(UsageFault, match=r"grammar .*is wrong") as caught:
            next(generator.generate(QUESTION, 24, CancelToken(), grammar=grammar))
        assert caught.value.remedy
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_thoughts_come_apart_from_the_answer_and_on_top_of_it(self, generator: Generator) -> None:
        grammar = 'root ::= "<think>\\n" [A-Za-z ,.]{80,120} "\\n</think>\\n\\n" ("yes" | "no")'
        pieces = list(generator.generate(QUESTION, 8, CancelToken(), grammar=grammar))
        assert fullmatch(r"\n?[A-Za-z ,.]{80,120}\n?", thought(pieces))
        assert said(pieces) in ("yes", "no")
        assert sorted(pieces, key=lambda piece: not piece.thought) == pieces
        assert len(pieces) > 10
