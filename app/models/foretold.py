"""How large a model of the catalogue is as a file, and what of it each token meets, from its shape alone.

A file that is at hand says it better: see `app.models.weights`. Norms and biases are too few to count, but in BERT.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.models.catalogue import Entry, Number, Quantisation
from app.models.weights import Matrices, Weights

_Keys = Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class _Bits:
    """Bits a number. ``layers``: on average; ``tokens``, ``output``: of the matrices at both ends; ``type``: mostly."""

    type: str
    layers: float
    tokens: float
    output: float
    output_type: str = "Q6_K"


# `llama_tensor_get_type` of llama.cpp: the mixes store half of the value and down matrices, some 29 % of a layer, and
# the output matrix with more bits. The averages follow from that and are checked against the sizes that are known.
_BITS = {
    "Q3_K_M": _Bits("Q3_K", 3.84, 3.4375, 6.5625),
    "Q4_K_M": _Bits("Q4_K", 4.80, 4.5, 6.5625),
    "Q5_K_M": _Bits("Q5_K", 5.65, 5.5, 6.5625),
    "Q8_0": _Bits("Q8_0", 8.5, 8.5, 8.5, "Q8_0"),
    "F16": _Bits("F16", 16, 16, 16, "F16"),
}
# Rows that are no multiple of 256 cannot be of a K type; `tensor_type_fallback` of llama.cpp takes these.
_ROW = 256
_NARROW = {
    "Q3_K_M": _Bits("IQ4_NL", 4.5, 4.5, 8.5, "Q8_0"),
    "Q4_K_M": _Bits("Q5_0", 5.5, 5.5, 8.5, "Q8_0"),
    "Q5_K_M": _Bits("Q5_1", 6.0, 6.0, 8.5, "Q8_0"),
}
# What the list of tokens takes in the file: text, score and kind, and with byte pairs the merges.
_BYTES_OF_PIECE, _BYTES_OF_TOKEN = 24, 61


def size_of(entry: Entry, quantisation: str) -> int | None:
    """Return the size of a model's file in bytes; None = not known for this quantisation."""
    bits = _bits(entry, quantisation)
    if bits is None:
        return None
    return int(_within(entry) * bits.layers / 8 + _outside(entry, bits))


def weights_foretold(entry: Entry, quantisation: Quantisation) -> Weights | None:
    """Return the weights of a model as `app.models.fit` needs them; None = not known for this quantisation."""
    bits, foretold = _bits(entry, quantisation.name), size_of(entry, quantisation.name)
    if bits is None or foretold is None:
        return None
    met = _within(entry) - _idle(entry.shape)
    width = _number(entry.shape, "embedding_length")
    matrix = width * _number(entry.shape, "vocab_size")
    return Weights(
        size=quantisation.size or foretold,
        each_token={bits.type: Matrices(met * bits.layers / 8, met, met / width)},
        output={bits.output_type: Matrices(matrix * bits.output / 8, matrix, matrix / width)},
        outside=int(_outside(entry, bits)),
    )


def numbers_of(architecture: str, shape: _Keys) -> tuple[int, int]:
    """Count the numbers in the layers, and those beside them, the two matrices of the tokens left out.

    What sees or hears, and what foretells more than the next token, is not counted: a GGUF file does not hold it.
    """
    special = {"deepseek2": _latent_layers, "qwen35": _hybrid_layers, "bert": _bert_layers}
    width, blocks = _number(shape, "embedding_length"), _number(shape, "block_count")
    inputs = _number(shape, "embedding_length_per_layer_input") * blocks
    beside = inputs * (_number(shape, "vocab_size") + width)
    if architecture == "bert":
        beside += _number(shape, "context_length") * width
    return special.get(architecture, _plain_layers)(shape), beside


def _bits(entry: Entry, quantisation: str) -> _Bits | None:
    narrow = _number(entry.shape, "embedding_length") % _ROW != 0
    return _NARROW.get(quantisation, _BITS.get(quantisation)) if narrow else _BITS.get(quantisation)


def _within(entry: Entry) -> int:
    if "feed_forward_length" in entry.shape:
        return numbers_of(entry.architecture, entry.shape)[0]
    # The width of the feed-forward part is not known: all that is not a matrix of the tokens, which is rather too much.
    matrix = _number(entry.shape, "embedding_length") * _number(entry.shape, "vocab_size")
    return entry.parameters - matrix * (1 if entry.tied else 2)


def _outside(entry: Entry, bits: _Bits) -> float:
    vocabulary = _number(entry.shape, "vocab_size")
    matrix = _number(entry.shape, "embedding_length") * vocabulary
    beside = numbers_of(entry.architecture, entry.shape)[1] if "feed_forward_length" in entry.shape else 0
    tokens = 0 if entry.tied else matrix * bits.tokens / 8
    listed = vocabulary * (_BYTES_OF_PIECE if "bert" in entry.architecture else _BYTES_OF_TOKEN)
    return tokens + matrix * bits.output / 8 + beside * bits.layers / 8 + listed


def _idle(shape: _Keys) -> int:
    """Count the numbers of the experts that do not work on a token."""
    experts, used = _number(shape, "expert_count"), _number(shape, "expert_used_count")
    forward = _number(shape, "expert_feed_forward_length") or _number(shape, "feed_forward_length")
    layers = _number(shape, "block_count") - _number(shape, "leading_dense_block_count")
    return layers * 3 * _number(shape, "embedding_length") * forward * (experts - used)


def _attention(shape: _Keys, queries: int = 1) -> int:
    width, size = _number(shape, "embedding_length"), _number(shape, "attention.key_length")
    heads, pairs = _number(shape, "attention.head_count"), _number(shape, "attention.head_count_kv")
    return width * size * ((queries + 1) * heads + 2 * pairs)


def _plain_layers(shape: _Keys) -> int:
    width, experts = _number(shape, "embedding_length"), _number(shape, "expert_count")
    forward = 3 * width * _number(shape, "feed_forward_length") * max(experts, 1) + width * experts
    return _number(shape, "block_count") * (_attention(shape) + forward)


def _bert_layers(shape: _Keys) -> int:
    width, forward = _number(shape, "embedding_length"), _number(shape, "feed_forward_length")
    return _number(shape, "block_count") * (_attention(shape) + 2 * width * forward + 9 * width + forward)


def _hybrid_layers(shape: _Keys) -> int:
    width, blocks = _number(shape, "embedding_length"), _number(shape, "block_count")
    inner, keys = _number(shape, "ssm.inner_size"), _number(shape, "ssm.state_size") * _number(shape, "ssm.group_count")
    recurrent = width * (2 * keys + inner) + 2 * width * inner
    whole = blocks // _number(shape, "full_attention_interval")
    forward = 3 * width * _number(shape, "feed_forward_length")
    return blocks * forward + whole * _attention(shape, queries=2) + (blocks - whole) * recurrent


def _latent_layers(shape: _Keys) -> int:
    width, heads, blocks = (_number(shape, key) for key in ("embedding_length", "attention.head_count", "block_count"))
    queries, latent = _number(shape, "attention.q_lora_rank"), _number(shape, "attention.kv_lora_rank")
    key, value = _number(shape, "attention.key_length_mla"), _number(shape, "attention.value_length_mla")
    rotated = _number(shape, "attention.key_length") - latent
    looking = width * queries + queries * heads * key + width * (latent + rotated)
    looking += latent * heads * (key - rotated + value) + heads * value * width
    lead, experts = _number(shape, "leading_dense_block_count"), _number(shape, "expert_count")
    each = 3 * width * _number(shape, "expert_feed_forward_length")
    dense = 3 * width * _number(shape, "feed_forward_length")
    many = (experts + _number(shape, "expert_shared_count")) * each + width * experts
    return blocks * looking + lead * dense + (blocks - lead) * many


def _number(shape: _Keys, key: str) -> int:
    value = shape.get(key, 0)
    return max(value) if isinstance(value, list) else value
