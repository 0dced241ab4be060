"""What the runtimes of servers have in common: how a server is reached, and how its answer is heard and stopped."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from app.domain.errors import EnvironmentFault
from app.domain.fit import Settings
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken
from app.models import grammar as grammars
from app.models.packs import ServedModel
from app.models.runtimes.stream import heard
from app.models.thoughts import ThoughtSplitter
from app.security.policy import Server

PATIENCE = 3.0
"""Seconds for a server to take a connection, or to list its models. How long it may think about an answer is up to the
user, who can stop it."""

VECTOR_SECONDS = 300.0
"""Seconds for the vectors of one request; the first loads the model."""

SHOWN = 300
"""Characters of what a server says that are kept."""

_FORBIDDEN = (401, 403)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked for; see `app.models.chosen.Generator.generate`."""

    messages: Sequence[Message]
    max_tokens: int
    seed: int
    temperature: float
    grammar: str

    @property
    def turns(self) -> list[dict[str, str]]:
        """The conversation, as every protocol writes it."""
        return [{"role": message.role, "content": message.content} for message in self.messages]


class ServedGenerator(ABC):
    """A model that writes on a server. Safe to use from any thread, several at once.

    Args:
        model: the model.
    """

    def __init__(self, model: ServedModel) -> None:
        self._model = model
        self._closed = CancelToken()

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self._model.name

    @property
    def binds(self) -> bool:
        """Whether what it writes can be bound by a grammar."""
        return self._model.takes_grammar

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Generator[Piece, None, None]:
        """Write what the assistant says next: see `app.models.chosen.Generator.generate`.

        ``max_tokens`` is kept where the server sends the tokens one by one, as they mostly do.
        """
        if grammar and not self.binds:
            raise grammars.unbound(self.name)
        asked = Asked(messages, max_tokens, seed, temperature, grammar)
        splitter, left = ThoughtSplitter(), max_tokens
        with (
            reaching(self._model.server),
            closing(heard(lambda: self._pieces(asked), cancel, self._closed)) as pieces,
        ):
            for piece in pieces:
                yield from [piece] if piece.thought else splitter.feed(piece.text)
                # A server is asked for more, and thinks first: it cannot be told how much of that is for the answer.
                left -= not (piece.thought or splitter.thinking)
                if not left:
                    break
            yield from splitter.end()

    @property
    def loaded(self) -> Settings | None:
        """How it is loaded: its server knows."""
        return None

    def memory(self) -> int:
        """Return 0: what the model takes, it takes from its server."""
        return 0

    def close(self) -> None:
        """End what is being written. The model stays with its server."""
        self._closed.cancel()
        self._closed = CancelToken()

    @abstractmethod
    def _pieces(self, asked: Asked) -> AsyncIterator[Piece]:
        """Yield what it writes in pieces, as its server tells thoughts apart; an answer may hold more, between tags.

        Raises:
            UsageFault: the conversation alone fills the context, or the grammar is wrong.
            EnvironmentFault: the server refuses, or breaks off.
        """


def client_settings(server: Server) -> dict[str, Any]:
    """Return how a client of `httpx` reaches a server: no proxy, no other server that it names, its own key.

    Raises:
        EnvironmentFault: its key or its certificates cannot be read.
    """
    verify = {"verify": server.trust()} if server.encrypted else {}
    return {"headers": server.headers(), "trust_env": False, "follow_redirects": False, **verify}


@contextmanager
def reaching(server: Server) -> Iterator[None]:
    """Say in words what goes wrong on the way to a server.

    Raises:
        EnvironmentFault: it does not answer, or breaks off.
    """
    import httpx

    try:
        yield
    except (httpx.HTTPError, OSError) as error:
        raise EnvironmentFault(
            f"The server {server.url} does not answer.",
            "Start it, or choose another model under Models.",
            f"{type(error).__name__}: {error}",
        ) from error


def refusal(server: Server, status: int, text: str) -> EnvironmentFault:
    """Return what to say of a server that refuses."""
    remedy = "Look into its log, or choose another model under Models."
    if status in _FORBIDDEN:
        remedy = "Its key is missing or wrong: ask your administrator."
    said = " ".join(text[:SHOWN].split())
    return EnvironmentFault(f"The server {server.url} refused: {said or status}", remedy, f"status {status}")


def no_vectors(model: ServedModel, detail: str) -> EnvironmentFault:
    """Return what to say of a server that gives no vectors."""
    return EnvironmentFault(
        f"The server {model.server.url} gives no vectors for the model {model.model}.",
        "Start it for embeddings, or choose another model under Models.",
        detail,
    )


def broke_off(server: Server) -> EnvironmentFault:
    """Return what to say of a server whose answer has no end."""
    return EnvironmentFault(f"The server {server.url} broke off in the middle of an answer.", "Ask again.")
