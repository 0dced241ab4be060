"""Whether, and how, a model runs in the memory that is free: wanted settings first, then less, in a stated order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.fit import Fit, KvType, Range, Settings, Verdict
from app.models.kernels import Kernels
from app.models.memory import compute, kept, memory_of
from app.models.shape import Shape
from app.models.speed import reading_seconds, writing_seconds
from app.models.weights import Weights

WANTED_CONTEXT = 4_096
# Room for a question with its passages, the frame around them, and an answer.
LEAST_CONTEXT = 2_048
_QUESTION, _ANSWER = 1_500, 200  # tokens of a usual question with its passages, and of its answer
_BATCHES = (512, 256, 128)
_MIB = 1 << 20
# How far a speed may be from what is foretold.
_SLOWEST, _FASTEST = 0.8, 1.25
# What the backend of a GPU takes besides: as gguf-parser assumes; not measured here.
_GPU_OVERHEAD = 250 * _MIB


@dataclass(frozen=True, slots=True)
class Room:
    """What a model may use.

    Attributes:
        memory: bytes of main memory.
        threads: of the processor.
        gpu: bytes in the memory of the GPU; 0 without one.
        unified: the memory of the GPU is a part of main memory.
        margin: how much more than foretold is kept free, as a factor.
        limited: it is the user's limit that leaves no more main memory.
    """

    memory: int
    threads: int
    gpu: int = 0
    unified: bool = False
    margin: float = 1.05
    limited: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    settings: Settings
    memory: int
    gpu: int


def fit(shape: Shape, weights: Weights, room: Room, kernels: Kernels | None) -> Fit:
    """Find the best settings that fit; where none does, say what is missing at the least.

    Args:
        shape: of the model.
        weights: of the model.
        room: what it may use.
        kernels: how fast the processor is; None = not measured, then no speed is told.
    """
    threads = min(room.threads, kernels.threads) if kernels else room.threads
    repack = kernels is not None and _faster_repacked(shape, weights, kernels, threads)
    wanted, *less = (_placed(shape, weights, room, kernels, settings) for settings in _ladder(shape, threads, repack))
    verdict, place = Verdict.FITS, wanted
    while place.memory * room.margin > room.memory and less:
        verdict, place = Verdict.DEGRADED, less.pop(0)
    deficit = max(0, int(place.memory * room.margin) - room.memory)
    verdict = Verdict.NO if deficit else verdict
    return Fit(
        verdict=verdict,
        settings=place.settings,
        memory_bytes=place.memory,
        gpu_bytes=place.gpu,
        deficit_bytes=deficit,
        prompt_tokens_per_s=_reading(shape, weights, kernels, place.settings),
        tokens_per_s=_writing(shape, weights, kernels, place.settings),
        why=_missing(deficit, room) if deficit else _how(place, wanted),
    )


def answer_seconds(found: Fit) -> float | None:
    """Return how long a usual question and its answer are expected to take; None where no speed is told."""
    if found.prompt_tokens_per_s is None or found.tokens_per_s is None:
        return None
    reading, writing = (sum(speeds) / 2 for speeds in (found.prompt_tokens_per_s, found.tokens_per_s))
    return _QUESTION / reading + _ANSWER / writing


def embedder_fit(memory: int, room: Room) -> Fit:
    """Say whether an embedder or a reranker fits that will take so many bytes of memory."""
    deficit = max(0, memory - room.memory)
    settings = Settings(0, 0, "f16", room.threads)
    why = _missing(deficit, room) if deficit else f"It takes about {_gib(memory)} of memory."
    return Fit(Verdict.NO if deficit else Verdict.FITS, settings, memory, 0, deficit, None, None, why)


def _ladder(shape: Shape, threads: int, repack: bool) -> Iterator[Settings]:
    """Settings from the wanted ones to the least: smaller batches, then less context, then smaller keys and values."""
    longest = shape.trained_context or WANTED_CONTEXT
    contexts = sorted({min(longest, tokens) for tokens in (WANTED_CONTEXT, 3_072, LEAST_CONTEXT)}, reverse=True)
    for batch in _BATCHES:
        yield Settings(contexts[0], batch, "f16", threads, repack=repack)
    for context in contexts[1:]:
        yield Settings(context, _BATCHES[-1], "f16", threads, repack=repack)
    smallest: KvType = "q8_0"
    yield Settings(contexts[-1], _BATCHES[-1], smallest, threads, repack=repack)


def _placed(shape: Shape, weights: Weights, room: Room, kernels: Kernels | None, settings: Settings) -> _Place:
    """Put as many layers as there is room for into the memory of the GPU, the rest into main memory."""
    if room.gpu:
        settings = replace(settings, gpu_layers=_gpu_layers(shape, weights, room, settings))
    gpu = _beside_layers(shape, settings) + _on_gpu(shape, weights, settings) if settings.gpu_layers else 0
    return _Place(settings, main_memory(shape, weights, settings, kernels, room.unified), gpu)


def _gpu_layers(shape: Shape, weights: Weights, room: Room, settings: Settings) -> int:
    layers, each = len(shape.layers), _layer_bytes(shape, weights, settings)
    free = int(room.gpu / room.margin) - _beside_layers(shape, settings)
    # The output counts as one layer more, and goes there last.
    return layers + 1 if layers * each + weights.outside <= free else max(0, min(layers, free // each))


def main_memory(shape: Shape, weights: Weights, settings: Settings, kernels: Kernels | None, unified: bool) -> int:
    """Foretell the bytes of main memory that a model takes at the peak.

    Args:
        shape: of the model.
        weights: of the model.
        settings: that it is loaded with.
        kernels: tell which weights can be put into another order; None = not measured.
        unified: the memory of the GPU is a part of main memory; otherwise what lies on the GPU does not count.
    """
    loaded = weights.as_loaded(kernels.repacked) if settings.repack and kernels is not None else weights
    return memory_of(shape, loaded, settings).total - (0 if unified else _on_gpu(shape, weights, settings))


def _on_gpu(shape: Shape, weights: Weights, settings: Settings) -> int:
    """Return the bytes of weights, keys and values that lie in the memory of the GPU."""
    layers = len(shape.layers)
    output = weights.outside if settings.gpu_layers > layers else 0
    return min(settings.gpu_layers, layers) * _layer_bytes(shape, weights, settings) + output


def _beside_layers(shape: Shape, settings: Settings) -> int:
    """Return the bytes that are taken on the GPU as soon as one layer lies there."""
    return _GPU_OVERHEAD + compute(shape, settings) + settings.batch * shape.vocabulary * 4


def _layer_bytes(shape: Shape, weights: Weights, settings: Settings) -> int:
    layers = len(shape.layers)
    return (weights.size - weights.outside) // layers + sum(kept(layer, settings) for layer in shape.layers) // layers


def _faster_repacked(shape: Shape, weights: Weights, kernels: Kernels, threads: int) -> bool:
    plain = Settings(WANTED_CONTEXT, _BATCHES[0], "f16", threads)
    repacked = replace(plain, repack=True)
    return _usual(shape, weights, kernels, repacked) < _usual(shape, weights, kernels, plain)


def _usual(shape: Shape, weights: Weights, kernels: Kernels, settings: Settings) -> float:
    """Return the seconds of a usual question and its answer."""
    reading = reading_seconds(shape, weights, kernels, settings, _QUESTION)
    return reading + _ANSWER * writing_seconds(shape, weights, kernels, settings, _QUESTION + _ANSWER // 2)


def _reading(shape: Shape, weights: Weights, kernels: Kernels | None, settings: Settings) -> Range | None:
    # How fast the kernels of the GPU are was not measured.
    if kernels is None or settings.gpu_layers:
        return None
    return _about(_QUESTION / reading_seconds(shape, weights, kernels, settings, _QUESTION))


def _writing(shape: Shape, weights: Weights, kernels: Kernels | None, settings: Settings) -> Range | None:
    if kernels is None or settings.gpu_layers:
        return None
    return _about(1 / writing_seconds(shape, weights, kernels, settings, _QUESTION + _ANSWER // 2))


def _about(speed: float) -> Range:
    return speed * _SLOWEST, speed * _FASTEST


def _how(place: _Place, wanted: _Place) -> str:
    changes = []
    if place.settings.batch < wanted.settings.batch:
        changes.append(f"reads {place.settings.batch} tokens at once instead of {wanted.settings.batch}")
    if place.settings.context < wanted.settings.context:
        changes.append(f"overlooks {place.settings.context:,} tokens instead of {wanted.settings.context:,}")
    if place.settings.kv_type != wanted.settings.kv_type:
        changes.append("keeps what it read in 8 bits instead of 16, which is slower")
    size = f"It takes {_gib(place.memory)} of memory" + (f", and {_gib(place.gpu)} on the GPU" if place.gpu else "")
    return f"{size}. Because memory is short, it {' and '.join(changes)}." if changes else f"{size}."


def _missing(deficit: int, room: Room) -> str:
    have = "that your limit leaves" if room.limited else "that are free"
    remedy = "Raise the limit (lectern models limit)" if room.limited else "Close other programs"
    return (
        f"It needs {deficit / _MIB:,.0f} MiB more than the {_gib(room.memory)} {have}, even with the least settings. "
        f"{remedy}, or choose a smaller model."
    )


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
