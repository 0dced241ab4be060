"""The weights of a model, added up as memory and speed need them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import prod

from app.models.gguf import Header, Tensor
from app.models.shape import Shape

# `llama_ftype` of llama.h.
_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    25: "IQ4_NL",
    30: "IQ4_XS",
    32: "BF16",
}
_EXPERT = re.compile(r"_exps\.")


@dataclass(frozen=True, slots=True)
class Matrices:
    """All matrices of one type together.

    Attributes:
        size: in bytes.
        numbers: that they hold.
        rows: of them.
    """

    size: float
    numbers: float
    rows: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a model.

    Attributes:
        size: of all, in bytes.
        each_token: what every token meets in the layers, by type; of experts, the share that is at work on it.
        output: what a token meets besides where the next is wanted, by type.
        outside: bytes of what belongs to no layer.
        tied: the matrix of the output is that of the tokens too.
    """

    size: int
    each_token: Mapping[str, Matrices]
    output: Mapping[str, Matrices]
    outside: int
    tied: bool = False

    def as_loaded(self, repacked: Collection[str]) -> "Weights":
        """Return what llama.cpp makes of them where it puts these types into another order.

        A matrix that is both of the tokens and of the output then lies there twice.
        """
        twice = sum(part.size for kind, part in self.output.items() if kind in repacked) if self.tied else 0
        return replace(self, size=self.size + int(twice))


def weights_of(header: Header, shape: Shape) -> Weights:
    """Add up the tensors of a file."""
    share = shape.experts_used / shape.experts if shape.experts else 1.0
    each_token: dict[str, Matrices] = {}
    output: dict[str, Matrices] = {}
    last = {tensor.name: tensor for tensor in header.tensors}.get("output.weight")
    for tensor in header.tensors:
        if tensor.name.startswith("blk."):
            _add(each_token, tensor, share if _EXPERT.search(tensor.name) else 1.0)
        elif tensor is last or (last is None and tensor.name == "token_embd.weight"):
            _add(output, tensor, 1.0)
    outside = sum(tensor.size for tensor in header.tensors if not tensor.name.startswith("blk."))
    return Weights(sum(tensor.size for tensor in header.tensors), each_token, output, outside, last is None)


def _add(sums: dict[str, Matrices], tensor: Tensor, share: float) -> None:
    so_far = sums.get(tensor.type, Matrices(0, 0, 0))
    numbers = prod(tensor.shape)
    sums[tensor.type] = Matrices(
        so_far.size + share * tensor.size,
        so_far.numbers + share * numbers,
        so_far.rows + share * numbers / tensor.shape[0],
    )


def quantisation_of(header: Header) -> str:
    """Return how the weights are stored, such as ``Q4_K_M``; the commonest type where the file does not say."""
    named = header.metadata.get("general.file_type")
    if type(named) is int and named in _FILE_TYPES:
        return _FILE_TYPES[named]
    sizes: dict[str, int] = {}
    for tensor in header.tensors:
        sizes[tensor.type] = sizes.get(tensor.type, 0) + tensor.size
    return max(sizes, key=lambda kind: sizes[kind], default="")
