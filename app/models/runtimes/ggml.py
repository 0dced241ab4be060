"""Operations of ggml, llama.cpp's arithmetic, one by one. Lives in a child process only."""

import sys
from collections.abc import Sequence
from ctypes import (
    CDLL,
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_float,
    c_int,
    c_int64,
    c_size_t,
    c_uint8,
    c_void_p,
)
from dataclasses import dataclass
from math import prod
from pathlib import Path
from time import perf_counter

# Number of the type, members and bytes of a block: ggml.h and ggml-common.h.
TYPES = {
    "F32": (0, 1, 4),
    "F16": (1, 1, 2),
    "Q4_0": (2, 32, 18),
    "Q4_1": (3, 32, 20),
    "Q5_0": (6, 32, 22),
    "Q5_1": (7, 32, 24),
    "Q8_0": (8, 32, 34),
    "Q2_K": (10, 256, 84),
    "Q3_K": (11, 256, 110),
    "Q4_K": (12, 256, 144),
    "Q5_K": (13, 256, 176),
    "Q6_K": (14, 256, 210),
    "IQ4_NL": (20, 32, 18),
    "IQ4_XS": (23, 256, 136),
    "BF16": (30, 1, 2),
}

_PROCESSOR = 0  # `ggml_backend_dev_type` of ggml-backend.h
_DESCRIPTIONS = 64 << 20  # bytes for those of all tensors and graphs
_ALIGNMENT = 64  # bytes


class _InitParams(Structure):
    _fields_ = (("mem_size", c_size_t), ("mem_buffer", c_void_p), ("no_alloc", c_bool))


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array of ggml. ``size`` in bytes."""

    pointer: c_void_p
    size: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Operations that are computed together."""

    pointer: c_void_p


class Ggml:
    """ggml with its backend for the processor. What is made by it lives until the process ends.

    Arrays hold zeros. They lie one after another in the same memory, and, once it is full, over the first: those of one
    operation must be made in a row, to lie apart.

    Args:
        room: bytes of that memory, more than the arrays of one operation take.
    """

    def __init__(self, room: int) -> None:
        # llama-cpp-python knows where the libraries lie, and loads the backends.
        import llama_cpp
        from llama_cpp import _ggml

        llama_cpp.llama_backend_init()
        self._base = library(Path(_ggml.libggml_base_path), "ggml-base")
        by_type = _ggml.libggml.ggml_backend_dev_by_type
        by_type.restype = c_void_p
        self._device = c_void_p(by_type(c_int(_PROCESSOR)))
        self._backend = self._pointer("ggml_backend_dev_init", self._device, c_char_p(None))
        self._plain = self._pointer("ggml_backend_dev_buffer_type", self._device)
        self._registry = self._pointer("ggml_backend_dev_backend_reg", self._device)
        self._context = self._pointer("ggml_init", _InitParams(_DESCRIPTIONS, None, True))
        self._room, self._next = room, 0
        self._memory = self._zeros(self._plain, room)
        self._special: dict[int | None, tuple[int, c_void_p]] = {}

    def use_threads(self, count: int) -> None:
        """Compute with so many threads from now on."""
        CFUNCTYPE(None, c_void_p, c_int)(self._procedure(b"ggml_backend_set_n_threads"))(self._backend, count)

    @staticmethod
    def bytes_of(kind: str, members: int) -> int:
        """Return the size of so many members, whole blocks of them."""
        _, block, block_bytes = TYPES[kind]
        return members // block * block_bytes

    def array(self, kind: str, *shape: int) -> Tensor:
        """Make an array in ordinary memory; the innermost dimension first."""
        tensor = self._new(kind, shape)
        if self._next + tensor.size > self._room:
            self._next = 0
        self._put(tensor, self._memory, self._next)
        self._next += -(-tensor.size // _ALIGNMENT) * _ALIGNMENT
        return tensor

    def repacked(self, kind: str, columns: int, rows: int) -> Tensor | None:
        """Return a matrix of weights in the order that llama.cpp gives it where it loads it so; None = it would not.

        It lies over the one before.
        """
        supports = self._base.ggml_backend_dev_supports_op
        supports.restype = c_bool
        for place in self._special_places():
            tensor = self._new(kind, (columns, rows))
            self._put(tensor, self._special_memory(place, tensor), 0)
            # As `weight_buft_supported` of llama.cpp finds out.
            if supports(self._device, self.product(tensor, self._new("F32", (columns, 1)))):
                return tensor
        return None

    def product(self, weights: Tensor, vectors: Tensor) -> c_void_p:
        """Describe the product of a matrix with one vector or several."""
        return self._pointer("ggml_mul_mat", self._context, weights.pointer, vectors.pointer)

    def attention(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> c_void_p:
        """Describe the attention of queries over keys and values.

        Args:
            queries: shape (width, tokens, heads).
            keys: shape (width, heads of keys, cells).
            values: of the same shape.
            mask: shape (cells, tokens, filled up to 64).
        """
        numbers = (c_float(1.0), c_float(0.0), c_float(0.0))
        by_head = [self._permuted(kept, 0, 2, 1, 3) for kept in (keys, values)]
        arrays = (queries.pointer, *by_head, mask.pointer)
        return self._pointer("ggml_flash_attn_ext", self._context, *arrays, *numbers)

    def norms(self, start: Tensor, count: int) -> c_void_p:
        """Describe so many normalisations, each of what the one before gave."""
        node = start.pointer
        for _ in range(count):
            node = self._pointer("ggml_rms_norm", self._context, node, c_float(1e-5))
        return node

    def graph(self, node: c_void_p) -> Graph:
        """Make ready to compute what was described."""
        graph = self._pointer("ggml_new_graph", self._context)
        self._base.ggml_build_forward_expand(graph, node)
        # All that was not given a place yet: the results of this graph.
        self._pointer("ggml_backend_alloc_ctx_tensors_from_buft", self._context, self._plain)
        return Graph(graph)

    def seconds(self, graph: Graph) -> float:
        """Compute once, and return what it took."""
        began = perf_counter()
        self._base.ggml_backend_graph_compute(self._backend, graph.pointer)
        return perf_counter() - began

    def _permuted(self, tensor: Tensor, *places: int) -> c_void_p:
        return self._pointer("ggml_permute", self._context, tensor.pointer, *map(c_int, places))

    def _special_places(self) -> list[c_void_p]:
        find = CFUNCTYPE(POINTER(c_void_p), c_void_p)(self._procedure(b"ggml_backend_dev_get_extra_bufts"))
        listed = find(self._device)
        places: list[c_void_p] = []
        while listed and listed[len(places)]:
            places.append(c_void_p(listed[len(places)]))
        return places

    def _procedure(self, name: bytes) -> int:
        address = self._pointer("ggml_backend_reg_get_proc_address", self._registry, c_char_p(name)).value
        if address is None:
            raise OSError(f"ggml's backend for the processor has no {name.decode()}.")
        return address

    def _pointer(self, function: str, *arguments: object) -> c_void_p:
        called = getattr(self._base, function)
        called.restype = c_void_p
        return c_void_p(called(*arguments))

    def _new(self, kind: str, shape: Sequence[int]) -> Tensor:
        number, _, _ = TYPES[kind]
        lengths = (c_int64 * len(shape))(*shape)
        pointer = self._pointer("ggml_new_tensor", self._context, c_int(number), c_int(len(shape)), lengths)
        return Tensor(pointer, self.bytes_of(kind, prod(shape)))

    def _zeros(self, place: c_void_p, size: int) -> c_void_p:
        memory = self._pointer("ggml_backend_buft_alloc_buffer", place, c_size_t(size))
        self._base.ggml_backend_buffer_clear(memory, c_uint8(0))
        return memory

    def _special_memory(self, place: c_void_p, tensor: Tensor) -> c_void_p:
        size = self._base.ggml_backend_buft_get_alloc_size
        size.restype = c_size_t
        needed = size(place, tensor.pointer)
        if self._special.get(place.value, (0, place))[0] < needed:
            self._special[place.value] = (needed, self._zeros(place, needed))
        return self._special[place.value][1]

    def _put(self, tensor: Tensor, memory: c_void_p, start: int) -> None:
        first = self._pointer("ggml_backend_buffer_get_base", memory).value or 0
        self._base.ggml_backend_tensor_alloc(memory, tensor.pointer, c_void_p(first + start))


def library(folder: Path, name: str) -> CDLL:
    """Load one of ggml's libraries."""
    names = {"win32": f"{name}.dll", "darwin": f"lib{name}.dylib"}
    return CDLL(str(folder / names.get(sys.platform, f"lib{name}.so")))
