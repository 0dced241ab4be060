"""How much memory a model will take in its process, before it is loaded: a sum over what llama.cpp allocates."""

from dataclasses import dataclass

from app.domain.fit import KvType, Settings
from app.models.shape import Layer, Shape
from app.models.weights import Weights

_KV_BYTES: dict[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
_CELLS = 256  # that the context and windows are rounded up to (GGML_PAD in llama-context.cpp, llama-kv-cache-iswa.cpp)
_FLOAT = 4
_MIB = 1 << 20

# Seen with the models that tests/campaigns/memory_prediction.py loads.
_PROCESS = 42 * _MIB  # Python, NumPy, llama-cpp-python and its libraries
_TOKEN, _MERGE = 155, 130  # a token of the vocabulary; a rule that joins two
_CANDIDATE = 12  # a token that may come next: `llama_token_data`


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in main memory, by what they are for.

    Attributes:
        process: the process without the model.
        vocabulary: tokens and their texts.
        weights: of the model.
        cache: what is kept of the text that was read: keys and values, or a state.
        compute: intermediate results.
    """

    process: int
    vocabulary: int
    weights: int
    cache: int
    compute: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.process + self.vocabulary + self.weights + self.cache + self.compute


def memory_of(shape: Shape, weights: Weights, settings: Settings) -> Memory:
    """Foretell the peak of a model's process, with everything in main memory."""
    return Memory(
        process=_PROCESS,
        vocabulary=shape.vocabulary * _TOKEN + shape.merges * _MERGE,
        weights=weights.size,
        cache=sum(kept(layer, settings) for layer in shape.layers),
        compute=compute(shape, settings),
    )


def encoder_memory(shape: Shape, weights: Weights, tokens: int) -> int:
    """Foretell the peak of the process of an encoder in a GGUF file that reads so many tokens at once.

    It keeps nothing of a text. llama.cpp makes room for the scores of every next token although none is asked for.
    """
    found = memory_of(shape, weights, Settings(tokens, tokens, "f16", threads=1))
    return found.total - found.cache + tokens * shape.vocabulary * _FLOAT


def embedder_memory(size: int) -> int:
    """Foretell what an embedder or a reranker takes in ONNX Runtime, from the size of its file in bytes.

    ONNX Runtime keeps the memory of its largest batch: 330 MiB were seen for all-MiniLM-L6-v2, 8-bit.
    """
    return 2 * size + 300 * _MIB


def kept(layer: Layer, settings: Settings) -> int:
    """Return the bytes that a layer keeps of a context that is full."""
    return layer.state + int((layer.keys + layer.values) * _cells(layer.window, settings) * _KV_BYTES[settings.kv_type])


def _cells(window: int, settings: Settings) -> int:
    whole = _padded(settings.context)
    return min(whole, _padded(window + settings.batch)) if window else whole


def compute(shape: Shape, settings: Settings) -> int:
    """Return the bytes of intermediate results, as far as they are ever touched."""
    together = min(settings.batch, settings.context)
    # Of the feed-forward its two factors, and the input of the layer, which is added afterwards; of attention the
    # queries and their results.
    numbers = 2 * shape.feed_forward + 3 * shape.width + 2 * shape.heads * shape.head_width + shape.beside
    windows = {layer.window for layer in shape.layers if layer.keys}
    masks = sum(_cells(window, settings) for window in windows) * _FLOAT
    next_token = shape.vocabulary * (3 * _FLOAT + _CANDIDATE)
    return together * (numbers * _FLOAT + masks) + next_token


def _padded(cells: int) -> int:
    return -(-cells // _CELLS) * _CELLS
