"""How a model names the sentences that its own are read off: by their numbers, in brackets at the end."""

import re

from app.answering import prompt

_MARK = re.compile(r"\s*\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]")

# A sentence ends with the numbers of one or two others. Neither a bracket nor a new line can stand within it.
_GRAMMAR = r"""
root ::= nothing | claim (" " claim){0,%(more)d}
nothing ::= "%(nothing)s"
claim ::= [^\[\]\n ] ([^\[\]\n]* [^\[\]\n.!? ])? " [" number ("," number)? "]."
number ::= %(numbers)s
"""


def grammar(sentences: int, most: int) -> str:
    """Return the grammar (GBNF) of an answer: that there is none, or sentences that name what was shown.

    Args:
        sentences: how many are shown, numbered from 1; at least one.
        most: sentences of an answer.
    """
    numbers = " | ".join(f'"{number}"' for number in range(1, sentences + 1))
    return _GRAMMAR % {"more": most - 1, "nothing": prompt.NO_ANSWER, "numbers": numbers}


def taken_apart(sentence: str) -> tuple[str, tuple[int, ...]]:
    """Return a sentence without its marks, and the numbers in them."""
    numbers = [int(number) for mark in _MARK.findall(sentence) for number in mark.split(",")]
    return _MARK.sub("", sentence).strip().lstrip(". "), tuple(dict.fromkeys(numbers))
