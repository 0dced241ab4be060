"""Loads a model, has it read and write, and says what that took."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter

from app.domain.fit import Run, Settings
from app.domain.messages import Message
from app.jobs.cancel import CancelToken
from app.models.kernels import Kernels
from app.models.packs import GeneratorPack
from app.models.runtimes.llama_cpp import LlamaCppGenerator, Loading
from app.models.shape import Shape
from app.models.speed import reading_seconds, writing_seconds
from app.models.weights import Weights

# Between looks at the memory: seconds at least, and so many times what the last one took. Of a model of 1 GiB, one
# takes 10 ms from a processor that is in use.
_GLANCE, _LOOKS = 0.05, 50
_ANSWER = 64  # tokens written at most
_FRAME = 48  # tokens for the marks of the turns and the question

# Different lines, so that nothing of the text is known before it is read.
_LINE = "{number}. On day {number} of the survey the keeper of lot {lot} counted {count} boxes and wrote it down.\n"
_QUESTION = "\nTell in your own words, in full sentences, what this record is about."


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a model took.

    Attributes:
        memory_bytes: the peak of its process.
        load_seconds: until it was ready to read.
        run: what the one answer took.
    """

    memory_bytes: int
    load_seconds: float
    run: Run


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a model was foretold to take, and what it took.

    Attributes:
        memory_bytes: foretold for the peak of its process.
        reading, writing: foretold tokens a second; None where this machine was not calibrated.
        taken: what it took.
    """

    memory_bytes: int
    reading: float | None
    writing: float | None
    taken: Measurement


def compared(
    memory: int, shape: Shape, weights: Weights, kernels: Kernels | None, settings: Settings, taken: Measurement
) -> Comparison:
    """Compare what a model took with what is foretold: so many bytes of ``memory``, and its speed on these kernels."""
    if kernels is None or settings.gpu_layers:
        return Comparison(memory, None, None, taken)
    run = taken.run
    reading = run.read / reading_seconds(shape, weights, kernels, settings, run.read)
    writing = 1 / writing_seconds(shape, weights, kernels, settings, run.read + run.written // 2)
    return Comparison(memory, reading, writing, taken)


def measure(pack: GeneratorPack, loading: Loading, cancel: CancelToken) -> Measurement:
    """Load a model, have it read a context that is nearly full, and answer.

    Raises:
        Cancelled: stop was asked for.
        EnvironmentFault: the model is missing or damaged, or its process ended.
    """
    generator = LlamaCppGenerator(pack, loading)
    try:
        began = perf_counter()
        generator.count_tokens("")
        load_seconds = perf_counter() - began
        with _watching(generator) as peak:
            for _ in generator.generate([_prompt(generator)], _ANSWER, cancel):
                pass
        if generator.last_run is None:
            raise AssertionError("An answer that ended has a run.")
        return Measurement(max(peak), load_seconds, generator.last_run)
    finally:
        generator.close()


def _prompt(generator: LlamaCppGenerator) -> Message:
    lines = [_LINE.format(number=number, lot=number * 7 % 97, count=number * 13 % 89) for number in range(1, 4_000)]
    tokens_a_line = generator.count_tokens("".join(lines[:100])) / 100
    room = generator.context - _ANSWER - _FRAME
    count = min(len(lines), int(room / tokens_a_line))
    # The later numbers are longer.
    while count > 1 and generator.count_tokens("".join(lines[:count])) > room:
        count = count * 19 // 20
    return Message("user", "".join(lines[:count]) + _QUESTION)


@contextmanager
def _watching(generator: LlamaCppGenerator) -> Iterator[list[int]]:
    """Look at the memory again and again, and once more at the end."""
    seen: list[int] = [generator.memory()]
    ended = Event()

    def look() -> None:
        took = 0.0
        while not ended.wait(max(_GLANCE, _LOOKS * took)):
            began = perf_counter()
            seen.append(generator.memory())
            took = perf_counter() - began

    thread = Thread(target=look, name="memory of the model", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
        seen.append(generator.memory())
