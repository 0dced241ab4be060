"""The model that writes at present. Another can be chosen at any time; it takes over with the next question."""

from collections.abc import Callable, Iterator, Sequence
from threading import Lock

from app.domain.errors import EnvironmentFault
from app.domain.messages import Message
from app.jobs.cancel import CancelToken
from app.models.packs import GeneratorPack
from app.models.runtimes.llama_cpp import LlamaCppGenerator, Loading


class ChosenGenerator:
    """Writes with the model that is chosen. Safe to use from any thread.

    Args:
        choose: says which; None = none can.
        loading: says how to load it.
    """

    def __init__(self, choose: Callable[[], GeneratorPack | None], loading: Callable[[GeneratorPack], Loading]) -> None:
        self._choose = choose
        self._loading = loading
        self._lock = Lock()
        self._pack: GeneratorPack | None = None
        self._generator: LlamaCppGenerator | None = None
        self.choose_again()

    @property
    def pack(self) -> GeneratorPack | None:
        """The model that writes; None = none can."""
        return self._pack

    @property
    def name(self) -> str:
        """The model's name, for people; empty without one."""
        return self._pack.name if self._pack else ""

    def memory(self) -> int:
        """Return the bytes of memory that the model's process takes now; 0 while it is not loaded."""
        with self._lock:
            generator = self._generator
        return generator.memory() if generator is not None else 0

    def choose_again(self) -> GeneratorPack | None:
        """Choose anew, and end the process of a model that is no longer the chosen one."""
        pack = self._choose()
        with self._lock:
            if pack == self._pack:
                return pack
            before, self._pack = self._generator, pack
            self._generator = LlamaCppGenerator(pack, self._loading(pack)) if pack else None
        if before is not None:
            before.close()
        return pack

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
    ) -> Iterator[str]:
        """Write what the assistant says next: see `LlamaCppGenerator.generate`.

        Raises:
            Cancelled: stop was asked for, or another model was chosen meanwhile.
            UsageFault: the conversation alone fills the context; nothing was written.
            EnvironmentFault: no model can write, or its process ended.
        """
        with self._lock:
            generator = self._generator
        if generator is None:
            raise EnvironmentFault("No model can write here.", "The models that there are, and what they lack: Models.")
        return generator.generate(messages, max_tokens, cancel, seed, temperature)

    def close(self) -> None:
        """End the model's process. The next use starts another."""
        with self._lock:
            generator = self._generator
        if generator is not None:
            generator.close()
