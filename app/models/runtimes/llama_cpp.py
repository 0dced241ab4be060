"""Generation by llama-cpp-python, in a child process that can be stopped at any moment."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from threading import Lock
from time import monotonic
from typing import Protocol

from app.domain.errors import Cancelled, EnvironmentFault, UsageFault
from app.domain.fit import Run, Settings
from app.domain.messages import Message, Piece
from app.jobs.cancel import CancelToken
from app.models import grammar as grammars
from app.models.files import Stamp, check_hash, require_file
from app.models.packs import GeneratorPack, ModelFile
from app.processes.child_process import ChildEnded, ChildProcess, Talk

_CHILD = "app.models.runtimes.llama_cpp_child"
_GLANCE = 0.02  # seconds between looks at the cancel token while another answer is being written
# Seconds for the child to stop by itself, which keeps the model loaded and what it has read; then it is killed.
_GENTLE_STOP = 0.12

# What Python, the C++ library and ggml say when they get no memory.
_SHORT_OF_MEMORY = re.compile(r"MemoryError|bad_alloc|failed to allocate|cannot allocate memory|out of memory", re.I)
_TRY_WITH_LESS = "Close other programs, then ask again: it is loaded with less."


def require_llama_cpp() -> None:
    """Check that llama-cpp-python is installed, without loading it.

    Raises:
        EnvironmentFault: it is not.
    """
    if find_spec("llama_cpp") is None:
        raise EnvironmentFault(
            "llama-cpp-python, which runs models that write, is not installed. Answers in quotes work without it.",
            "Run python3 packaging/dev.py run: it builds it, and says how to get the C++ compiler that it needs.",
        )


class Loading(Protocol):
    """Says how to load a model, and is told what came of it."""

    def settings(self) -> Settings:
        """Return how to load it now.

        Raises:
            EnvironmentFault: it does not fit.
        """

    def stamp(self, file: ModelFile) -> Stamp | None:
        """Return the stamp that a file had when its hash was right; None = it was never looked at."""

    def hashed(self, file: ModelFile, stamp: Stamp) -> None:
        """Take note that the hash of a file is right."""

    def took(self, settings: Settings, memory_bytes: int, run: Run) -> None:
        """Take note of what an answer took."""

    def ran_out(self, settings: Settings) -> None:
        """Take note that memory ran out."""


@dataclass(frozen=True, slots=True)
class FixedLoading:
    """Always the same settings, whatever comes of it."""

    always: Settings

    def settings(self) -> Settings:
        """Return the settings."""
        return self.always

    def stamp(self, _file: ModelFile) -> Stamp | None:
        """Have every file hashed."""
        return None

    def hashed(self, _file: ModelFile, _stamp: Stamp) -> None:
        """Take no note."""

    def took(self, _settings: Settings, _memory_bytes: int, _run: Run) -> None:
        """Take no note."""

    def ran_out(self, _settings: Settings) -> None:
        """Take no note."""


class LlamaCppGenerator:
    """A model that writes. Its child process starts at the first use, and anew after a crash.

    Safe to use from any thread. Answers are written one after the other; tokens can be counted meanwhile.

    Args:
        pack: the model.
        loading: says how to load it.

    Attributes:
        last_run: what the last answer took that was not stopped; None before the first.
    """

    def __init__(self, pack: GeneratorPack, loading: Loading) -> None:
        self._pack = pack
        self._loading = loading
        self._settings: Settings | None = None
        self.last_run: Run | None = None
        self._lock = Lock()
        self._turn = Lock()
        self._child: ChildProcess | None = None

    @property
    def name(self) -> str:
        """The model's name, for people."""
        return self._pack.name

    @property
    def context(self) -> int:
        """Tokens of prompt and answer together.

        Raises:
            EnvironmentFault: it is not loaded, and does not fit.
        """
        return (self._settings or self._loading.settings()).context

    @property
    def binds(self) -> bool:
        """Whether what it writes can be bound by a grammar: always."""
        return True

    def generate(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        cancel: CancelToken,
        seed: int = 0,
        temperature: float = 0.0,
        grammar: str = "",
    ) -> Generator[Piece, None, None]:
        """Write what the assistant says next: see `app.models.chosen.Generator.generate`."""
        question = {
            "do": "generate",
            "messages": [(message.role, message.content) for message in messages],
            "max_tokens": max_tokens,
            "seed": seed,
            "temperature": temperature,
            "grammar": grammar,
        }
        with self._my_turn(cancel), self._translated():
            child = self._loaded(cancel)
            talk = child.ask(question)
            ended = False
            try:
                while not ended:
                    reply = talk.next(cancel)
                    if "piece" in reply:
                        yield Piece(reply["piece"], reply["thought"])
                        continue
                    ended = True
                    if "wrong_grammar" in reply:
                        raise grammars.wrong(reply["wrong_grammar"])
                    if "too_long" in reply:
                        self._refuse_too_long(reply["too_long"])
                    self._note(Run(**reply["end"]), child)
            finally:
                if not ended:
                    self._stop(child, talk)
                child.drop(talk)

    @property
    def loaded(self) -> Settings | None:
        """How it was loaded last; None = it was not yet."""
        return self._settings

    def count_tokens(self, text: str) -> int:
        """Return how many tokens ``text`` takes in a conversation; the marks around each turn come on top.

        Raises:
            Cancelled: `close` was called meanwhile.
            EnvironmentFault: the model is missing or damaged, or its process ended.
        """
        with self._translated():
            never = CancelToken()
            child = self._loaded(never)
            talk = child.ask({"do": "count", "text": text})
            count: int = talk.next(never)["count"]
            child.drop(talk)
            return count

    def memory(self) -> int:
        """Return the bytes of memory that the child takes now, its share of what others use too; 0 without a child."""
        # Without the lock: `Loading.settings` asks for this while a child is about to start.
        child = self._child
        return child.memory() if child is not None else 0

    def close(self) -> None:
        """End the child and return when it is gone. The next use starts another."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.join()

    @contextmanager
    def _my_turn(self, cancel: CancelToken) -> Iterator[None]:
        while not self._turn.acquire(timeout=_GLANCE):
            if cancel.cancelled:
                raise Cancelled
        try:
            yield
        finally:
            self._turn.release()

    def _loaded(self, cancel: CancelToken) -> ChildProcess:
        if cancel.cancelled:
            raise Cancelled
        require_llama_cpp()
        for file in self._pack.loaded:
            require_file(file.path)
        with self._lock:
            if self._child is None or self._child.ended:
                self._settings = self._loading.settings()
                self._child = ChildProcess(_CHILD, self._setup(self._settings))
            child = self._child
        try:
            greeting = child.greeting(cancel)
        except Cancelled:
            self._retire(child)
            raise
        except ChildEnded as error:
            raise (Cancelled() if error.killed else self._load_fault(error)) from error
        if "changed" in greeting:
            place, found = greeting["changed"]
            check_hash(self._pack.loaded[place].path, found, self._pack.loaded[place].sha256)
        for file, stamp in zip(self._pack.loaded, greeting.get("stamps", []), strict=False):
            self._loading.hashed(file, tuple(stamp))
        return child

    def _setup(self, settings: Settings) -> dict[str, object]:
        pack = self._pack
        return {
            "files": [(str(file.path.resolve()), file.sha256, self._loading.stamp(file)) for file in pack.loaded],
            "adapter": str(pack.adapter.path.resolve()) if pack.adapter else None,
            "settings": asdict(settings),
            "chat": pack.chat,
        }

    def _note(self, run: Run, child: ChildProcess) -> None:
        self.last_run = run
        if self._settings is not None:
            self._loading.took(self._settings, child.memory(), run)

    def _stop(self, child: ChildProcess, talk: Talk) -> None:
        """Have the child end its answer; kill it when it does not within `_GENTLE_STOP`."""
        child.add(talk, {"do": "stop"})
        deadline = monotonic() + _GENTLE_STOP
        with suppress(ChildEnded):
            while (left := deadline - monotonic()) > 0:
                reply = talk.poll(left)
                if reply is not None and "piece" not in reply:
                    # An answer of which enough was heard tells its speed like any other.
                    run = Run(**reply["end"]) if "end" in reply else None
                    if run is not None and run.written:
                        self._note(run, child)
                    return
            self._retire(child)

    def _retire(self, child: ChildProcess) -> None:
        with self._lock:
            if self._child is child:
                self._child = None
        child.kill()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ChildEnded as error:
            raise (Cancelled() if error.killed else self._crash_fault(error)) from error

    def _load_fault(self, error: ChildEnded) -> EnvironmentFault:
        if self._ran_out(error):
            summary = f"Memory ran out while the model {self.name} was loaded."
            return EnvironmentFault(summary, _TRY_WITH_LESS, str(error))
        return EnvironmentFault(
            f"The model {self.name} could not be loaded.",
            "Install the model again.",
            str(error),
        )

    def _crash_fault(self, error: ChildEnded) -> EnvironmentFault:
        if self._ran_out(error):
            summary = f"The model {self.name} was ended, most likely because memory ran out."
            return EnvironmentFault(summary, _TRY_WITH_LESS, str(error))
        summary = f"The model {self.name} stopped with an error."
        return EnvironmentFault(summary, "Ask again: it starts anew.", str(error))

    def _ran_out(self, error: ChildEnded) -> bool:
        short = error.code == -9 or _SHORT_OF_MEMORY.search(error.output) is not None
        if short and self._settings is not None:
            self._loading.ran_out(self._settings)
        return short

    def _refuse_too_long(self, tokens: int) -> None:
        raise UsageFault(
            f"The question with its passages is too long for the model {self.name}: {tokens} tokens, and it takes "
            f"{self.context} with the answer.",
            "Ask with fewer or shorter passages.",
        )
