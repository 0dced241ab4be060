"""The form of a model, as far as memory and speed depend on it: from the header of a file or from the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard, cast

from app.domain.errors import ModelFault
from app.models.gguf import Counted, Header, Value

# Every how many layers one looks at the whole text, where the header has only the window: `load_swa_pattern` and
# `set_swa_pattern` of llama.cpp. 0 = the window is not used at all.
_PATTERNS = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gemma4": 6, "cohere2": 4, "gpt-oss": 2, "phi3": 0}
_WINDOWS = {"gemma2": 4_096}
# Layers from here on use the keys and values of earlier ones, where the header does not say how many.
_SHARED_FROM = {"gemma3n": 20}
# Norms of a layer, where it has more than one before its attention and one before its feed-forward part: after both as
# well, and of queries and keys.
_NORMS = {
    "gemma2": 4,
    "gemma3": 6,
    "gemma3n": 6,
    "gemma4": 6,
    "qwen3": 4,
    "qwen3moe": 4,
    "qwen35": 4,
    "qwen35moe": 4,
    "qwen3next": 4,
}
_USUAL_NORMS = 2
_HYBRIDS = frozenset({"qwen35", "qwen35moe", "qwen3next"})
_FULL_ATTENTION_INTERVAL = 4
_FLOAT32 = 4
_MOST_BLOCKS = 4_096


@dataclass(frozen=True, slots=True)
class Layer:
    """What a layer keeps of the text it has read.

    Attributes:
        keys: numbers kept of each token as its key; 0 where the layer keeps nothing.
        values: as its value; 0 also where the value is part of the key.
        window: of how many tokens at most; 0 = of all.
        state: bytes kept whatever the length of the text.
    """

    keys: int
    values: int
    window: int
    state: int


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a model.

    Attributes:
        layers: from the first to the last.
        width: numbers that stand for a token between layers.
        feed_forward: the widest intermediate result of a layer, of one expert where there are several.
        heads: of attention.
        head_width: numbers of a query, of one head.
        norms: of each layer.
        vocabulary: tokens that it knows.
        merges: rules by which tokens are joined; 0 with a tokenizer that has none.
        trained_context: tokens that it was trained to overlook; 0 = not known.
        experts, experts_used: of each layer, and how many work on a token; 0 = no experts.
        beside: numbers that a token carries beside those of its layer, from the first layer to the last (Gemma 3n).
        writes: it writes; otherwise it only reads, and keeps nothing.
    """

    layers: tuple[Layer, ...]
    width: int
    feed_forward: int
    heads: int
    head_width: int
    norms: int
    vocabulary: int
    merges: int
    trained_context: int
    experts: int
    experts_used: int
    beside: int
    writes: bool


def shape_of(header: Header) -> Shape:
    """Read the form from the header of a file.

    Raises:
        ModelFault: a key is missing or is no sensible number (reason ``shape``).
    """
    tokens, merges = (header.metadata.get(f"tokenizer.ggml.{name}") for name in ("tokens", "merges"))
    return read_shape(header.architecture, header.shape, _members(tokens), _members(merges))


def _members(value: Value | None) -> int:
    return value.members if isinstance(value, Counted) else 0


def read_shape(architecture: str, keys: Mapping[str, object], vocabulary: int, merges: int) -> Shape:
    """Read the form from the keys of GGUF, without the name of the architecture before them.

    Args:
        architecture: such as ``llama``.
        keys: such as ``block_count`` and ``attention.head_count_kv``.
        vocabulary: tokens; 0 = take ``vocab_size``.
        merges: rules by which tokens are joined.

    Raises:
        ModelFault: a key is missing or is no sensible number (reason ``shape``).
    """
    return _Keys(architecture, keys).shape(vocabulary, merges)


class _Keys:
    def __init__(self, architecture: str, keys: Mapping[str, object]) -> None:
        self._architecture = architecture
        self._keys = keys
        self._blocks = self._number("block_count")
        if not 0 < self._blocks <= _MOST_BLOCKS:
            raise self._fault("block_count", self._blocks)

    def shape(self, vocabulary: int, merges: int) -> Shape:
        heads = max(self._each("attention.head_count"))
        width = self._number("embedding_length")
        writes = self._keys.get("attention.causal", True) is not False and "bert" not in self._architecture
        head_width = self._number("attention.key_length", width // heads if heads else 0)
        return Shape(
            layers=tuple(self._layers(head_width)) if writes else (Layer(0, 0, 0, 0),) * self._blocks,
            width=width,
            feed_forward=max(self._widest_feed_forward(), width),
            heads=heads,
            head_width=head_width,
            norms=_NORMS.get(self._architecture, _USUAL_NORMS),
            vocabulary=vocabulary or self._number("vocab_size"),
            merges=merges,
            trained_context=self._number("context_length", 0),
            experts=self._number("expert_count", 0),
            experts_used=self._number("expert_used_count", 0),
            beside=self._beside(width),
            writes=writes,
        )

    def _beside(self, width: int) -> int:
        # While they are computed, the inputs of each layer are there three times, the parallel streams four (seen).
        inputs = self._blocks * self._number("embedding_length_per_layer_input", 0)
        return 3 * inputs + 4 * self._number("altup.num_inputs", 0) * width

    def _layers(self, key_length: int) -> list[Layer]:
        heads = self._each("attention.head_count_kv", self._each("attention.head_count"))
        value_length = self._number("attention.value_length", key_length)
        # With latent attention, the value is computed from the key that is kept (DeepSeek).
        latent = self._number("attention.key_length_mla", 0) > 0
        shared_from = self._shared_from()
        layers = []
        for place in range(self._blocks):
            if self._is_recurrent(place):
                layers.append(Layer(0, 0, 0, self._state()))
            elif place >= shared_from:
                layers.append(Layer(0, 0, 0, 0))
            else:
                values = 0 if latent else heads[place] * value_length
                layers.append(Layer(heads[place] * key_length, values, self._window(place), 0))
        return layers

    def _window(self, place: int) -> int:
        window = self._number("attention.sliding_window", _WINDOWS.get(self._architecture, 0))
        pattern = self._keys.get("attention.sliding_window_pattern", _PATTERNS.get(self._architecture, 0))
        if isinstance(pattern, list):
            return window if place < len(pattern) and pattern[place] else 0
        if not isinstance(pattern, int) or pattern < 1 or place % pattern == pattern - 1:
            return 0
        return window

    def _shared_from(self) -> int:
        shared = self._number("attention.shared_kv_layers", 0)
        return self._blocks - shared if shared else _SHARED_FROM.get(self._architecture, self._blocks)

    def _is_recurrent(self, place: int) -> bool:
        if self._architecture not in _HYBRIDS:
            return False
        interval = self._number("full_attention_interval", _FULL_ATTENTION_INTERVAL)
        return (place + 1) % max(interval, 1) != 0

    def _state(self) -> int:
        # `n_embd_r` and `n_embd_s` of llama.cpp: what the convolution has seen last, and the state itself.
        inner, state = self._number("ssm.inner_size"), self._number("ssm.state_size")
        channels = inner + 2 * self._number("ssm.group_count") * state
        return ((self._number("ssm.conv_kernel") - 1) * channels + state * inner) * _FLOAT32

    def _widest_feed_forward(self) -> int:
        experts = self._number("expert_feed_forward_length", 0)
        dense = max(self._each("feed_forward_length", [0] * self._blocks))
        used = self._number("expert_used_count", 0)
        return max(experts * used, dense if experts else dense * max(used, 1))

    def _number(self, key: str, default: int | None = None) -> int:
        value = self._keys.get(key, default)
        if not _is_size(value):
            raise self._fault(key, value)
        return value

    def _each(self, key: str, default: Sequence[int] | None = None) -> Sequence[int]:
        value = self._keys.get(key, default)
        if type(value) is int:
            value = [value] * self._blocks
        if not isinstance(value, list | tuple) or len(value) < self._blocks or not all(_is_size(one) for one in value):
            raise self._fault(key, value)
        return cast("Sequence[int]", value)

    def _fault(self, key: str, value: object) -> ModelFault:
        return ModelFault(
            "shape",
            f"The model does not say how it is built: its {key} is missing or makes no sense.",
            "Get another copy of the model.",
            f"{self._architecture}.{key} = {value!r}",
        )


def _is_size(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 1 << 32
