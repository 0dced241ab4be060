"""From the turns of a conversation to the text a generator reads.

What stands between the turns (marks such as ``<|im_start|>``) is kept apart from what stands in them: only the first
is read as marks. So a document that holds ``<|im_end|>`` cannot end its turn and speak as someone else.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Literal

from app.domain.messages import Message

ChatFamily = Literal["chatml", "qwen3"]
"""A chat template that is written here, and not by the file."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the prompt. ``marks``: special tokens in it are read as such; else it is plain text."""

    text: str
    marks: bool


def chatml(messages: Sequence[Message]) -> list[Segment]:
    """Write the turns in ChatML, the format of SmolLM2 and Qwen, and open the assistant's."""
    segments = []
    for message in messages:
        segments += [Segment(f"<|im_start|>{message.role}\n", True), Segment(message.content, False)]
        segments.append(Segment("<|im_end|>\n", True))
    return [*segments, Segment("<|im_start|>assistant\n", True)]


def qwen3(messages: Sequence[Message]) -> list[Segment]:
    """Write the turns in ChatML for a model that thinks aloud, with its thoughts over before they began.

    So does Qwen's own template when thinking is switched off: its thoughts would take longer than the answer.
    """
    return [*chatml(messages), Segment("<think>\n\n</think>\n\n", True)]


def plain(messages: Sequence[Message]) -> list[Segment]:
    """Write what is said, and nothing between: for a model that was not trained on turns."""
    return [Segment("\n\n".join(message.content for message in messages) + "\n\n", False)]


def takes_system(render: Callable[[list[dict[str, str]]], str], refusals: tuple[type[Exception], ...]) -> bool:
    """Whether a template writes what the system says. Some drop it, some refuse it.

    Args:
        render: the template, from turns with ``role`` and ``content`` to text.
        refusals: what it raises then.
    """
    word = f"turn{token_hex(16)}"
    try:
        return word in render([{"role": "system", "content": word}, {"role": "user", "content": "Hello"}])
    except refusals:
        return False


def without_system(messages: Sequence[Message]) -> list[Message]:
    """Have the user say first what the system says."""
    rules = [message.content for message in messages if message.role == "system"]
    said = [message for message in messages if message.role != "system"]
    if rules and said:
        said[0] = replace(said[0], content="\n\n".join([*rules, said[0].content]))
    return said


def templated(messages: Sequence[Message], render: Callable[[list[dict[str, str]]], str]) -> list[Segment]:
    """Write the turns by a model's own template.

    The template never sees what is said: it gets a random word for each turn, and the words are replaced afterwards.

    Args:
        messages: the turns.
        render: the template, from turns with ``role`` and ``content`` to text.
    """
    words = {f"turn{token_hex(16)}": message.content for message in messages}
    turns = [{"role": message.role, "content": word} for message, word in zip(messages, words, strict=True)]
    parts = re.split(f"({'|'.join(words)})", render(turns))
    return [Segment(words.get(part, part), part not in words) for part in parts if part]
