"""LoRA adapters: which generator one is for.

An adapter names its base at best by a name that anybody can give. What counts is that it can be added: for each matrix
of the base that it changes it holds A and B, of which llama.cpp computes ``W + scale · B · A``.
"""

from app.domain.errors import ModelFault
from app.models.gguf import Header

ADAPTER = "adapter"
"""What such a GGUF file says of itself (``general.type``)."""

_A, _B = ".lora_a", ".lora_b"
_EMBEDDING = "token_embd.weight"
_UNTOUCHED = "_norm.weight"  # llama.cpp passes over these


def check_adapter(header: Header, name: str) -> None:
    """Check that a file holds a LoRA adapter with both halves of each matrix.

    Args:
        header: of the file.
        name: of the adapter, for people.

    Raises:
        ModelFault: it does not (reason ``kind``).
    """
    names = {tensor.name for tensor in header.tensors if not tensor.name.endswith(_UNTOUCHED)}
    changed = {name.removesuffix(_A) for name in names if name.endswith(_A)}
    kinds = (header.metadata.get("general.type"), header.metadata.get("adapter.type"))
    if kinds != (ADAPTER, "lora") or not changed or names != {f"{one}{half}" for one in changed for half in (_A, _B)}:
        raise ModelFault(
            "kind",
            f"{name} is no LoRA adapter that can be used: it is of another kind, or parts of it are missing.",
            "Have the adapter converted again, by convert_lora_to_gguf.py of llama.cpp.",
        )


def fits(adapter: Header, base: Header) -> bool:
    """Whether an adapter that is sound can be added to a generator: of its family, and all matrices of the right size.

    Args:
        adapter: of its file.
        base: of the generator's files.
    """
    shapes = {tensor.name: tensor.shape for tensor in (*base.tensors, *adapter.tensors)}
    changed = [tensor.name.removesuffix(_A) for tensor in adapter.tensors if tensor.name.endswith(_A)]
    return adapter.architecture == base.architecture and all(
        name in shapes and _can_be_added(name, shapes[f"{name}{_A}"], shapes[f"{name}{_B}"], shapes[name])
        for name in changed
    )


def _can_be_added(name: str, a: tuple[int, ...], b: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    if {len(a), len(b), len(whole)} != {2}:
        return False
    # The embedding is looked up, not multiplied with: A and B have changed places (`llama-adapter.cpp`).
    if name == _EMBEDDING:
        return a[0] == b[0] and (b[1], a[1]) == whole
    return a[1] == b[0] and (a[0], b[1]) == whole
