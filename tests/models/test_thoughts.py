"""Thoughts are told from the answer, wherever the text is cut."""

from collections.abc import Iterable
from itertools import combinations

import pytest

from app.models.thoughts import TAGS, ThoughtSplitter, left_open

CASES = [
    # what is written, the thoughts, the answer
    ("The answer.", "", "The answer."),
    ("<think>\nLet me see.</think>\n\nThe answer.", "\nLet me see.", "The answer."),
    ("\n<think>a</think>b", "a", "b"),
    ("<think></think>b", "", "b"),
    ("<think>never <ending </thin", "never <ending </thin", ""),
    ("<think>a</think>\n", "a", ""),
    ("<think>a</think>\n<think>b</think> c", "ab", "c"),
    ("<b>bold</b> word", "", "<b>bold</b> word"),
    ("<thi", "", "<thi"),
    (" indented", "", " indented"),
    ("", "", ""),
    ("It says <think>x</think>.", "", "It says <think>x</think>."),
    ("[THINK]a < b, so</[/THINK]b[1]", "a < b, so</", "b[1]"),
    ("<thinking>a</think></thinking>b", "a</think>", "b"),
]


def told(texts: Iterable[str], close: str = "") -> tuple[str, str]:
    splitter = ThoughtSplitter(close)
    pieces = [piece for text in texts for piece in splitter.feed(text)] + splitter.end()
    assert all(piece.text for piece in pieces)
    thoughts, answer = (
        "".join(piece.text for piece in pieces if piece.thought is thought) for thought in (True, False)
    )
    return thoughts, answer


@pytest.mark.parametrize(("written", "thoughts", "answer"), CASES)
def test_it_is_the_same_wherever_the_text_is_cut(written: str, thoughts: str, answer: str) -> None:
    assert told(written) == (thoughts, answer)
    for first, second in combinations(range(len(written) + 1), 2):
        assert told([written[:first], written[first:second], written[second:]]) == (thoughts, answer)


@pytest.mark.parametrize(("tag", "close"), TAGS.items())
def test_every_known_pair_of_tags(tag: str, close: str) -> None:
    assert told(f"{tag}Hm.{close} Yes.") == ("Hm.", "Yes.")


def test_a_prompt_may_leave_the_model_in_the_midst_of_its_thoughts() -> None:
    close = left_open("<|im_start|>assistant\n<think>\n")
    assert told("Hm.</think>\nYes.", close) == ("Hm.", "Yes.")
    assert told("Hm.", close) == ("Hm.", "")
    assert left_open("<|im_start|>assistant\n<think>\n\n</think>\n\n") == ""
    assert left_open("<|im_start|>assistant\n") == ""


def test_a_thought_is_told_before_it_ends() -> None:
    splitter = ThoughtSplitter()
    assert [piece.text for piece in splitter.feed("<think>Let me")] == ["Let me"]
    assert splitter.thinking
    assert [piece.text for piece in splitter.feed(" see.</th")] == [" see."]
    assert [piece.text for piece in splitter.feed("ink>Yes")] == ["Yes"]
    assert not splitter.thinking
