"""What every generator must do, whatever runs it."""

from collections.abc import Iterator
from threading import Thread, Timer
from time import monotonic

import pytest

from app.domain.errors import Cancelled, UsageFault
from app.domain.messages import Message
from app.jobs.cancel import CancelToken
from app.models.runtimes.llama_cpp import LlamaCppGenerator

QUESTION = [
    Message("system", "You are a helpful assistant. Answer in one short sentence."),
    Message("user", "What is the capital of France?"),
]
STORY = [Message("user", "Tell me a very long story about a lighthouse, with many details.")]
# Stop is seen within 0.2 s on a machine that has the time for it; here others may be at work.
SOON = 1.0


def long_prompt(generator: LlamaCppGenerator, tokens: int) -> list[Message]:
    """A prompt of nearly so many tokens."""
    sentence = "The lease ends in March and the supplier keeps records of each delivery. "
    each = generator.count_tokens(sentence * 11) - generator.count_tokens(sentence * 10)
    return [Message("user", sentence * ((tokens - 60) // each) + "\nTell a long story about this.")]


class GeneratorContract:
    """Inherited by the test of each runtime, which gives the fixture ``generator``."""

    def test_it_writes_in_pieces_until_it_ends(self, generator: LlamaCppGenerator) -> None:
        pieces = list(generator.generate(QUESTION, 200, CancelToken()))
        assert 1 < len(pieces) < 200
        assert all(pieces)
        assert "Paris" in "".join(pieces)

    def test_it_stops_at_the_tokens_asked_for(self, generator: LlamaCppGenerator) -> None:
        text = "".join(generator.generate(STORY, 12, CancelToken()))
        assert 0 < generator.count_tokens(text) <= 12

    def test_without_temperature_it_always_says_the_same(self, generator: LlamaCppGenerator) -> None:
        first = list(generator.generate(STORY, 24, CancelToken(), seed=1))
        assert list(generator.generate(STORY, 24, CancelToken(), seed=2)) == first

    def test_a_seed_repeats_a_choice(self, generator: LlamaCppGenerator) -> None:
        def told(seed: int) -> str:
            return "".join(generator.generate(STORY, 24, CancelToken(), seed=seed, temperature=1.5))

        told(1)
        assert told(3) == told(3)
        assert len({told(seed) for seed in range(4)}) > 1

    def test_an_answer_does_not_depend_on_what_was_asked_before(self, generator: LlamaCppGenerator) -> None:
        first = list(generator.generate(QUESTION, 24, CancelToken()))
        list(generator.generate(STORY, 24, CancelToken()))
        assert list(generator.generate(QUESTION, 24, CancelToken())) == first

    def test_the_beginning_of_a_prompt_is_read_once(self, generator: LlamaCppGenerator) -> None:
        prompt = long_prompt(generator, generator.context // 2)

        def first_piece() -> float:
            began = monotonic()
            for _ in generator.generate(prompt, 1, CancelToken()):
                return monotonic() - began
            raise AssertionError("nothing was written")

        list(generator.generate(STORY, 1, CancelToken()))
        assert first_piece() > 3 * first_piece()

    def test_stop_before_the_start(self, generator: LlamaCppGenerator) -> None:
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            next(generator.generate(STORY, 24, cancel))

    def test_stop_while_the_prompt_is_read(self, generator: LlamaCppGenerator) -> None:
        cancel = CancelToken()
        prompt = long_prompt(generator, generator.context)
        Timer(0.1, cancel.cancel).start()
        began = monotonic()
        with pytest.raises(Cancelled):
            list(generator.generate(prompt, 24, cancel))
        assert monotonic() - began < 0.1 + SOON
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_stop_between_the_words(self, generator: LlamaCppGenerator) -> None:
        cancel = CancelToken()
        pieces = generator.generate(STORY, 1000, cancel)
        next(pieces)
        cancel.cancel()
        began = monotonic()
        with pytest.raises(Cancelled):
            list(pieces)
        assert monotonic() - began < SOON
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_an_answer_that_nobody_listens_to_ends(self, generator: LlamaCppGenerator) -> None:
        for _ in generator.generate(STORY, 1000, CancelToken()):
            break
        began = monotonic()
        assert list(generator.generate(QUESTION, 1, CancelToken()))
        assert monotonic() - began < 10 * SOON

    def test_tokens_are_counted(self, generator: LlamaCppGenerator) -> None:
        assert generator.count_tokens("") == 0
        short, long = generator.count_tokens("The lease ends."), generator.count_tokens("The lease ends. " * 50)
        assert 0 < short < long <= 51 * (short + 1)
        assert generator.count_tokens("half a pair: \ud800, and 東京") > 4

    def test_tokens_are_counted_while_it_writes(self, generator: LlamaCppGenerator) -> None:
        counts = [generator.count_tokens(piece) for piece in generator.generate(STORY, 8, CancelToken())]
        assert len(counts) > 1
        assert min(counts) > 0

    def test_a_prompt_beyond_the_context_is_refused_in_words(self, generator: LlamaCppGenerator) -> None:
        too_long = [Message("user", "word " * generator.context)]
        with pytest.raises(UsageFault, match=f"{generator.context}") as caught:
            list(generator.generate(too_long, 8, CancelToken()))
        assert caught.value.remedy
        assert list(generator.generate(QUESTION, 4, CancelToken()))

    def test_an_answer_ends_where_the_context_does(self, generator: LlamaCppGenerator) -> None:
        prompt = long_prompt(generator, generator.context)
        room = generator.context - generator.count_tokens(prompt[0].content)
        text = "".join(generator.generate(prompt, 5000, CancelToken()))
        assert 0 < generator.count_tokens(text) <= room < 100

    def test_two_who_ask_at_once_both_get_their_answer(self, generator: LlamaCppGenerator) -> None:
        alone = ["".join(generator.generate(turns, 16, CancelToken())) for turns in (QUESTION, STORY)]
        heard = ["", ""]

        def ask(place: int, turns: list[Message]) -> None:
            heard[place] = "".join(generator.generate(turns, 16, CancelToken()))

        threads = [Thread(target=ask, args=(place, turns)) for place, turns in enumerate((QUESTION, STORY))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert heard == alone

    def test_one_who_waits_for_his_turn_can_stop(self, generator: LlamaCppGenerator) -> None:
        writing: Iterator[str] = generator.generate(STORY, 1000, CancelToken())
        next(writing)
        cancel = CancelToken()
        Timer(0.1, cancel.cancel).start()
        with pytest.raises(Cancelled):
            next(generator.generate(QUESTION, 8, cancel))
        assert next(writing)

    def test_closing_ends_an_answer_without_a_fault(self, generator: LlamaCppGenerator) -> None:
        pieces = generator.generate(STORY, 1000, CancelToken())
        next(pieces)
        generator.close()
        with pytest.raises(Cancelled):
            list(pieces)

    def test_it_starts_again_after_its_end(self, generator: LlamaCppGenerator) -> None:
        generator.close()
        assert list(generator.generate(QUESTION, 4, CancelToken()))
