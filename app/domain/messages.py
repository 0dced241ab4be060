"""What is said to a generator, and what it says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a generator. ``content`` is data: marks of turns inside it have no effect."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of what a generator writes, never empty. ``thought``: it thinks aloud; that is no part of its answer."""

    text: str
    thought: bool = False
