"""A model's answer, sentence by sentence; what it thinks aloud before is told apart."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Generator as Stream
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from app.answering import citing, prompt
from app.answering.evidence import Sentence
from app.documents.sentences import split
from app.domain.answers import Passage
from app.domain.errors import UsageFault
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken

MOST_TOKENS = 160
MOST_SENTENCES = 5

SEED = 0
"""Of the choice among likely tokens. Without effect, because the likeliest is always taken; kept with every answer all
the same, so that it can be had again should that change."""

_LONGEST = 600


class Generator(Protocol):
    """A model that writes."""

    @property
    def name(self) -> str:
        """What people call the model."""

    @property
    def binds(self) -> bool:
        """Whether a grammar can bind what it writes."""

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Stream[Piece, None, None]:
        """Yield what it thinks aloud, then the reply, in pieces. Closing the iterator stops the model.

        Raises:
            Cancelled: stop was asked for.
            UsageFault: the messages do not fit into the model, or the grammar is wrong or cannot bind it.
            EnvironmentFault: the model cannot be used.
        """

    def close(self) -> None:
        """End the model's process."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a model wrote, and those of the passages that it names for it. Neither is believed."""

    text: str
    named: tuple[Sentence, ...] = ()


def write(
    generator: Generator,
    question: str,
    passages: Sequence[Passage],
    cancel: CancelToken,
    think: Callable[[str], None],
) -> Iterator[Statement]:
    """Yield the sentences of the model's answer as they are complete; none twice, none after it says it has none.

    Args:
        generator: writes; held to naming what it was shown where a grammar binds it.
        question: in the user's words.
        passages: to answer from, best first.
        cancel: stops it.
        think: is given what the model thinks aloud, in pieces.

    Raises:
        Cancelled: stop was asked for.
        EnvironmentFault: the model cannot be used.
    """
    tokens = prompt.TOKENS
    while True:
        told = prompt.build(question, passages, tokens)
        pieces = _pieces(generator, told, cancel, think)
        try:
            with closing(pieces):
                yield from _statements(pieces, told.sentences)
        except UsageFault:
            # Nothing was written: the tokens of this text are shorter than usual.
            if tokens < prompt.TOKENS // 8:
                raise
            tokens //= 2
        else:
            return


def warm_up(generator: Generator, cancel: CancelToken) -> None:
    """Have the model loaded, and read what is the same for every question.

    Raises:
        Cancelled: stop was asked for.
        EnvironmentFault: the model cannot be used.
    """
    with closing(generator.generate(prompt.build("", ()).messages, 1, cancel)) as pieces:
        for _ in pieces:
            pass


def sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Join pieces of text and yield each sentence once the next has begun; the last at the end."""
    text = ""
    for piece in pieces:
        text += piece
        *complete, rest = _split(text) or [""]
        yield from complete
        # What stands after the last sentence may be the space before the next.
        text = rest + text[len(text.rstrip()) :]
    yield from _split(text)


def _statements(pieces: Iterable[str], shown: Sequence[Sentence]) -> Iterator[Statement]:
    written: set[str] = set()
    for sentence in sentences(pieces):
        text, numbers = citing.taken_apart(sentence)
        if text in written or len(written) == MOST_SENTENCES or text.startswith(prompt.NO_ANSWER[:-1]):
            return
        if text:
            written.add(text)
            yield Statement(text, tuple(shown[number - 1] for number in numbers if 0 < number <= len(shown)))


def _pieces(
    generator: Generator, told: prompt.Prompt, cancel: CancelToken, think: Callable[[str], None]
) -> Stream[str, None, None]:
    grammar = citing.grammar(len(told.sentences), MOST_SENTENCES) if generator.binds and told.sentences else ""
    with closing(generator.generate(told.messages, MOST_TOKENS, cancel, SEED, grammar=grammar)) as pieces:
        for piece in pieces:
            if piece.thought:
                think(piece.text)
            else:
                yield piece.text


def _split(text: str) -> list[str]:
    lines = [place + 1 for place, character in enumerate(text) if character == "\n"]
    flat = text.replace("\n", " ")
    return [flat[start:end] for start, end in split(flat, lines, _LONGEST)]
