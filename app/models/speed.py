"""How fast a model will read and write on this machine, before it is loaded: a sum over its parts."""

from collections.abc import Iterator, Mapping

from app.domain.fit import Settings
from app.models.kernels import AttentionRate, Kernels, WeightsRate
from app.models.shape import Layer, Shape
from app.models.weights import Matrices, Weights

# Operations of a layer besides its products with weights and its attention: norms, rotations, sums, activations.
_SMALL_OPERATIONS = 24
# How much dearer they are than a norm of the same width, for one token and, each, for many together. Seen with models
# of 512 to 3,072 numbers a token, with one thread and with two.
_DEARER_WRITING, _DEARER_READING = 6.0, 0.5

_CHOICE = (
    5e-9  # seconds a token of the vocabulary, to choose the next one: seen with SmolLM2, beside its decoding alone
)


def writing_seconds(shape: Shape, weights: Weights, kernels: Kernels, settings: Settings, read: int) -> float:
    """Return the seconds that one token takes to write, after ``read`` others."""
    matrices = [*_rated(weights.each_token, kernels, settings), *_rated(weights.output, kernels, settings)]
    products = sum(part.size / rate.writing for part, rate in matrices)
    attention = _attending(shape, read, kernels.attention[settings.kv_type])
    return products + attention + _DEARER_WRITING * _small(shape, kernels) + _CHOICE * shape.vocabulary


def reading_seconds(shape: Shape, weights: Weights, kernels: Kernels, settings: Settings, tokens: int) -> float:
    """Return the seconds that a prompt of so many tokens takes to read."""
    each = sum(2 * part.numbers / rate.reading for part, rate in _rated(weights.each_token, kernels, settings))
    attention = _attention(shape, tokens / 2) / kernels.attention[settings.kv_type].reading
    last = sum(part.size / rate.writing for part, rate in _rated(weights.output, kernels, settings))
    return tokens * (each + attention + _DEARER_READING * _small(shape, kernels)) + last


def _rated(
    sums: Mapping[str, Matrices], kernels: Kernels, settings: Settings
) -> Iterator[tuple[Matrices, WeightsRate]]:
    for kind, part in sums.items():
        rate = kernels.repacked.get(kind) if settings.repack else None
        # What was not measured is taken for the slowest of all.
        yield part, rate or kernels.plain.get(kind) or _slowest(kernels)


def _slowest(kernels: Kernels) -> WeightsRate:
    rates = kernels.plain.values()
    return WeightsRate(min(rate.writing for rate in rates), min(rate.reading for rate in rates))


def _attention(shape: Shape, read: float) -> float:
    """Multiplications and additions for one token: of its queries with the keys, then with the values."""
    return sum(_operations(shape, layer, read) for layer in shape.layers)


def _attending(shape: Shape, read: float, rate: AttentionRate) -> float:
    """Return the seconds of attention for one token."""
    return sum(
        _operations(shape, layer, read)
        / rate.writing_rate(shape.head_width, shape.heads * shape.head_width / layer.keys)
        for layer in shape.layers
        if layer.keys
    )


def _operations(shape: Shape, layer: Layer, read: float) -> float:
    seen = min(read, layer.window) if layer.window else read
    return 4 * shape.heads * shape.head_width * seen if layer.keys else 0.0


def _small(shape: Shape, kernels: Kernels) -> float:
    return len(shape.layers) * _SMALL_OPERATIONS * kernels.small(shape.width)
