"""The model that writes at present. Another can be chosen at any time; it takes over with the next question."""

from collections.abc import Callable, Sequence
from collections.abc import Generator as Stream
from threading import Lock
from typing import Protocol

from app.domain.errors import EnvironmentFault
from app.domain.fit import Settings
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken
from app.models.packs import Writer


class Generator(Protocol):
    """Runs a model that writes. Safe to use from any thread."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def binds(self) -> bool:
        """Whether what it writes can be bound by a grammar."""

    @property
    def loaded(self) -> Settings | None:
        """How it was loaded last; None = it was not yet, or others load it."""

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Stream[Piece, None, None]:
        """Write what the assistant says next, in pieces as they come: what it thinks aloud, then the answer.

        Args:
            messages: the conversation; what it shares at its beginning with the last one need not be read again.
            max_tokens: tokens of the answer at most; fewer where the context ends before. Thoughts come on top.
            cancel: ends it within a fifth of a second, at any stage. Closing the iterator does so too.
            seed: of the choice among likely tokens; without effect at temperature 0.
            temperature: 0 = always the likeliest token.
            grammar: in GBNF, with the rule ``root``: nothing else is written, thoughts included, but it may be cut off
                by ``max_tokens``. Empty = none.

        Raises:
            Cancelled: stop was asked for, or `close` was called meanwhile.
            UsageFault: the conversation alone fills the context, the grammar is wrong, or there is one and not `binds`;
                nothing was written.
            EnvironmentFault: the model cannot be used.
        """

    def memory(self) -> int:
        """Return the bytes of this computer's memory that the model takes now."""

    def close(self) -> None:
        """End what is being written, and give back what the model holds. The next use begins anew."""


class ChosenGenerator:
    """Writes with the model that is chosen. Safe to use from any thread.

    Args:
        pack: the one that is chosen now; None = none can.
        choose: says which, later.
        make: makes what runs it; loads nothing.
    """

    def __init__(
        self, pack: Writer | None, choose: Callable[[], Writer | None], make: Callable[[Writer], Generator]
    ) -> None:
        self._choose = choose
        self._make = make
        self._lock = Lock()
        self._pack = pack
        self._generator = make(pack) if pack else None

    @property
    def pack(self) -> Writer | None:
        """The model that writes; None = none can."""
        return self._pack

    @property
    def name(self) -> str:
        """The model's name, for people; empty without one."""
        return self._pack.name if self._pack else ""

    @property
    def binds(self) -> bool:
        """Whether what the chosen one writes can be bound by a grammar."""
        with self._lock:
            return self._generator is not None and self._generator.binds

    @property
    def loaded(self) -> Settings | None:
        """How the model was loaded last; None = it was not yet, or others load it."""
        with self._lock:
            return self._generator.loaded if self._generator is not None else None

    def memory(self) -> int:
        """Return the bytes of memory that the model's process takes now; 0 while it is not loaded."""
        with self._lock:
            generator = self._generator
        return generator.memory() if generator is not None else 0

    def choose_again(self) -> None:
        """Choose anew, and end the process of a model that is no longer the chosen one."""
        pack = self._choose()
        with self._lock:
            if pack == self._pack:
                return
            before, self._pack = self._generator, pack
            self._generator = self._make(pack) if pack else None
        if before is not None:
            before.close()

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Stream[Piece, None, None]:
        """Write what the assistant says next: see `Generator.generate`.

        Raises:
            Cancelled: stop was asked for, or another model was chosen meanwhile.
            UsageFault: the conversation is too long, or the grammar wrong or of no use; nothing was written.
            EnvironmentFault: no model can write, or its process ended.
        """
        with self._lock:
            generator = self._generator
        if generator is None:
            raise EnvironmentFault("No model can write here.", "The models that there are, and what they lack: Models.")
        return generator.generate(messages, max_tokens, cancel, seed, temperature, grammar)

    def close(self) -> None:
        """End the model's process. The next use starts another."""
        with self._lock:
            generator = self._generator
        if generator is not None:
            generator.close()
