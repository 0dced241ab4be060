"""The weights of a model, added up as memory and speed need them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from app.models.gguf import Header, Tensor
from app.models.shape import Shape

_EXPERT = re.compile(r"_exps\.")


@dataclass(frozen=True, slots=True)
class Matrices:
    """All matrices of one type together: their size in bytes, and how many numbers they hold."""

    size: float
    numbers: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a model.

    Attributes:
        size: of all, in bytes.
        each_token: what every token meets in the layers, by type; of experts, the share that is at work on it.
        output: what a token meets besides where the next is wanted, by type.
        outside: bytes of what belongs to no layer.
    """

    size: int
    each_token: Mapping[str, Matrices]
    output: Mapping[str, Matrices]
    outside: int


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
    return Weights(sum(tensor.size for tensor in header.tensors), each_token, output, outside)


def _add(sums: dict[str, Matrices], tensor: Tensor, share: float) -> None:
    so_far = sums.get(tensor.type, Matrices(0, 0))
    sums[tensor.type] = Matrices(so_far.size + share * tensor.size, so_far.numbers + share * prod(tensor.shape))
