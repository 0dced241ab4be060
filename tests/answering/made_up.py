"""Passages and generators that are what a test says."""

from collections.abc import Callable, Generator, Sequence

from app.domain.answers import Passage
from app.domain.documents import Chunk, Span
from app.domain.errors import UsageFault
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken


def passage(text: str, *, document: str = "d", ordinal: int = 0, title: str = "") -> Passage:
    """Return a passage of one page whose sentences are the lines of ``text``."""
    places, start = [], 0
    for line in text.split("\n"):
        places.append((start, start + len(line)))
        start += len(line) + 1
    chunk = Chunk(ordinal, text, (Span(1, 0, len(text)),), tuple(places))
    return Passage(ordinal + 1, document, f"{document}.txt", title, chunk, 0.5, 1.0, 0.5)


class Scripted:
    """A generator that replies with given pieces, and remembers what it was asked.

    Args:
        pieces: what it says.
        thoughts: what it thinks aloud before, in one piece.
        before: called before each piece.
        room: characters that its context has room for.
        binds: whether a grammar may be given to it, which it then remembers.
    """

    name = "scripted"

    def __init__(
        self,
        *pieces: str,
        thoughts: str = "",
        before: Callable[[CancelToken], None] | None = None,
        room: int = 1_000_000,
        binds: bool = False,
    ) -> None:
        self.binds = binds
        self.grammar = ""
        self._pieces = [Piece(thoughts, thought=True)] if thoughts else []
        self._pieces += [Piece(piece) for piece in pieces]
        self._before = before
        self._room = room
        self.asked: list[str] = []
        self.conversations: list[list[Message]] = []
        self.settings: tuple[int, int, float] = (0, 0, 0.0)
        self.left = False
        self.closed = False

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Generator[Piece, None, None]:
        """Yield the pieces."""
        assert self.binds or not grammar
        self.grammar = grammar
        self.conversations.append(list(messages))
        self.asked.append(messages[-1].content)
        self.settings = (max_tokens, seed, temperature)
        if len(messages[-1].content) > self._room:
            raise UsageFault("The conversation is too long.")
        try:
            for piece in self._pieces:
                if self._before:
                    self._before(cancel)
                cancel.check()
                yield piece
        finally:
            self.left = True

    def close(self) -> None:
        """Remember it."""
        self.closed = True
