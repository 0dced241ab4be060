"""What is said to a generator."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a generator. ``content`` is data: marks of turns inside it have no effect."""

    role: Literal["system", "user", "assistant"]
    content: str
