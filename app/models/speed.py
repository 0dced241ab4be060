"""How fast a model will read and write on this machine, before it is loaded: a sum over its parts."""

from collections.abc import Iterator, Mapping

from app.domain.fit import Settings
from app.models.kernels import ROW, AttentionRate, Kernels, WeightsRate
from app.models.shape import Layer, Shape
from app.models.weights import Matrices, Weights

# What a layer does besides its products with weights and its attention (norms, rotations, sums, activations, threads
# that wait for one another), in norms of its width: so many, and more for each norm that it has. Of many tokens
# together, only what grows with the width counts. Seen with six models of 512 to 3,072 numbers a token.
_BESIDE_WRITING, _BESIDE_WRITING_A_NORM, _BESIDE_READING_A_NORM = 36, 6, 3
# Of the tokens that are read together, how many more each meets than come before it: only whole tiles of those that
# come after it are left out. Seen with a causal mask over 512 tokens: it saves a quarter, where a half is masked.
_MASKED_MET = 0.25
# Seconds to choose the next token and tell it, and more of them for each token of the vocabulary: what SmolLM2 and
# Gemma 3 270M took beside their decoding alone.
_EACH_TOKEN, _CHOICE = 8e-4, 2e-9


def writing_seconds(shape: Shape, weights: Weights, kernels: Kernels, settings: Settings, read: int) -> float:
    """Return the seconds that one token takes to write, after ``read`` others."""
    matrices = [*_rated(weights.each_token, kernels, settings), *_rated(weights.output, kernels, settings)]
    products = sum(_meeting(part, rate, kernels) for part, rate in matrices)
    attention = _attending(shape, read, kernels.attention[settings.kv_type])
    norms = len(shape.layers) * (_BESIDE_WRITING + _BESIDE_WRITING_A_NORM * shape.norms)
    beside = norms * kernels.norm_seconds(shape.width)
    return products + attention + beside + _EACH_TOKEN + _CHOICE * shape.vocabulary


def reading_seconds(shape: Shape, weights: Weights, kernels: Kernels, settings: Settings, tokens: int) -> float:
    """Return the seconds that a prompt of so many tokens takes to read."""
    each = sum(2 * part.numbers / rate.reading for part, rate in _rated(weights.each_token, kernels, settings))
    masked = _MASKED_MET * min(tokens, settings.batch)
    operations = sum(_operations(shape, layer, tokens / 2, masked) for layer in shape.layers)
    attention = operations / kernels.attention[settings.kv_type].reading_rate(shape.head_width)
    last = sum(_meeting(part, rate, kernels) for part, rate in _rated(weights.output, kernels, settings))
    norms = len(shape.layers) * _BESIDE_READING_A_NORM * shape.norms
    beside = norms * shape.width * kernels.norm_seconds_a_number
    return tokens * (each + attention + beside) + last


def _rated(
    sums: Mapping[str, Matrices], kernels: Kernels, settings: Settings
) -> Iterator[tuple[Matrices, WeightsRate]]:
    for kind, part in sums.items():
        rate = kernels.repacked.get(kind) if settings.repack else None
        # What was not measured is taken for the slowest of all.
        yield part, rate or kernels.plain.get(kind) or _slowest(kernels)


def _meeting(part: Matrices, rate: WeightsRate, kernels: Kernels) -> float:
    """Return the seconds in which one token meets matrices."""
    return part.size / rate.writing + (part.rows - part.numbers / ROW) * kernels.row


def _slowest(kernels: Kernels) -> WeightsRate:
    rates = kernels.plain.values()
    return WeightsRate(min(rate.writing for rate in rates), min(rate.reading for rate in rates))


def _attending(shape: Shape, read: float, rate: AttentionRate) -> float:
    """Return the seconds of attention for one token."""
    return sum(
        _operations(shape, layer, read)
        / rate.writing_rate(shape.head_width, shape.heads * shape.head_width / layer.keys)
        for layer in shape.layers
        if layer.keys
    )


def _operations(shape: Shape, layer: Layer, read: float, masked: float = 0.0) -> float:
    """Multiplications and additions for one token: of its queries with the keys, then with the values."""
    seen = masked + (min(read, layer.window) if layer.window else read)
    return 4 * shape.heads * shape.head_width * seen if layer.keys else 0.0
