"""Operations of ggml, llama.cpp's arithmetic, one by one. Lives in a child process only."""

import sys
from collections.abc import Iterable, Sequence
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
_ROOM = 1 << 20  # bytes for the descriptions of a few hundred tensors and of a graph


class _InitParams(Structure):
    _fields_ = (("mem_size", c_size_t), ("mem_buffer", c_void_p), ("no_alloc", c_bool))


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array of ggml. ``size`` in bytes."""

    pointer: c_void_p
    size: int


class Ggml:
    """ggml with its backend for the processor. What is made by it lives until the process ends."""

    def __init__(self) -> None:
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
        self._context = self._new_context()

    def use_threads(self, count: int) -> None:
        """Compute with so many threads from now on."""
        CFUNCTYPE(None, c_void_p, c_int)(self._procedure(b"ggml_backend_set_n_threads"))(self._backend, count)

    @staticmethod
    def bytes_of(kind: str, members: int) -> int:
        """Return the size of so many members, whole blocks of them."""
        _, block, block_bytes = TYPES[kind]
        return members // block * block_bytes

    def array(self, kind: str, *shape: int) -> Tensor:
        """Make an array in ordinary memory, filled with zeros; the innermost dimension first."""
        context = self._new_context()
        tensor = self._new(context, kind, shape)
        self._allocate(context, self._plain)
        self._fill(tensor)
        return tensor

    def repacks(self, kind: str, columns: int, rows: int) -> bool:
        """Whether llama.cpp would put such weights into another order when it loads them."""
        return self._repacked(kind, columns, rows) is not None

    def repacked(self, kind: str, columns: int, rows: int) -> Tensor:
        """Make a matrix of weights in the other order; only where `repacks` says so."""
        tensor = self._repacked(kind, columns, rows)
        if tensor is None:
            raise ValueError(f"ggml does not repack {kind} here.")
        self._fill(tensor)
        return tensor

    def _repacked(self, kind: str, columns: int, rows: int) -> Tensor | None:
        vector = self._new(self._context, "F32", (columns, 1))
        supports = self._base.ggml_backend_dev_supports_op
        supports.restype = c_bool
        for place in self._special_places():
            context = self._new_context()
            tensor = self._new(context, kind, (columns, rows))
            self._allocate(context, place)
            # As `weight_buft_supported` of llama.cpp finds out.
            if supports(self._device, self.product(tensor, vector)):
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

    def _permuted(self, tensor: Tensor, *places: int) -> c_void_p:
        return self._pointer("ggml_permute", self._context, tensor.pointer, *map(c_int, places))

    def norms(self, start: Tensor, count: int) -> c_void_p:
        """Describe so many normalisations, each of what the one before gave."""
        node = start.pointer
        for _ in range(count):
            node = self._pointer("ggml_rms_norm", self._context, node, c_float(1e-5))
        return node

    def seconds(self, nodes: Iterable[c_void_p], least: float) -> float:
        """Compute what was described, again and again for ``least`` seconds, and return those of the fastest time."""
        graph = self._pointer("ggml_new_graph", self._context)
        for node in nodes:
            self._base.ggml_build_forward_expand(graph, node)
        self._allocate(self._context, self._plain)
        self._compute(graph)  # the first time, memory is still being handed out
        fastest, spent = float("inf"), 0.0
        while spent < least:
            began = perf_counter()
            self._compute(graph)
            took = perf_counter() - began
            fastest, spent = min(fastest, took), spent + took
        self._context = self._new_context()
        return fastest

    def _compute(self, graph: c_void_p) -> None:
        self._base.ggml_backend_graph_compute(self._backend, graph)

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

    def _new_context(self) -> c_void_p:
        return self._pointer("ggml_init", _InitParams(_ROOM, None, True))

    def _new(self, context: c_void_p, kind: str, shape: Sequence[int]) -> Tensor:
        number, _, _ = TYPES[kind]
        lengths = (c_int64 * len(shape))(*shape)
        pointer = self._pointer("ggml_new_tensor", context, c_int(number), c_int(len(shape)), lengths)
        return Tensor(pointer, self.bytes_of(kind, prod(shape)))

    def _allocate(self, context: c_void_p, place: c_void_p) -> None:
        self._pointer("ggml_backend_alloc_ctx_tensors_from_buft", context, place)

    def _fill(self, tensor: Tensor) -> None:
        self._base.ggml_backend_tensor_set(
            tensor.pointer, c_char_p(bytes(tensor.size)), c_size_t(0), c_size_t(tensor.size)
        )


def library(folder: Path, name: str) -> CDLL:
    """Load one of ggml's libraries."""
    names = {"win32": f"{name}.dll", "darwin": f"lib{name}.dylib"}
    return CDLL(str(folder / names.get(sys.platform, f"lib{name}.so")))
