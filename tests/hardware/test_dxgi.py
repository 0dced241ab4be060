"""GPUs as Windows describes them, in bytes laid out as dxgi.h says, and a DXGI that is made of function pointers."""

import ctypes
from collections.abc import Callable
from struct import pack
from typing import Any

import pytest

from app.hardware.dxgi import dxgi_gpus, facts_of
from app.hardware.dxgi_child import adapters

GIB, MIB = 1 << 30, 1 << 20
INTEL, AMD, NVIDIA, MICROSOFT = 0x8086, 0x1002, 0x10DE, 0x1414
REMOTE, SOFTWARE = 1, 2


def description(name: str, vendor: int, own: int, shared: int, flags: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    return pack("<256s4I3QIiI4x", text, vendor, 0x1234, 0, 1, own, 0, shared, 77, 0, flags)


def memory(budget: int, used: int = 0) -> bytes:
    return pack("<4Q", budget, used, budget // 2, 0)


def adapter(made: bytes, local: bytes | None = None, shared: bytes | None = None) -> dict[str, str | None]:
    digits = (None if part is None else part.hex() for part in (local, shared))
    return {"description": made.hex(), **dict(zip(("local", "shared"), digits, strict=True))}


def values(told: dict[str, str | None]) -> dict[str, Any]:
    facts = facts_of(told)
    assert facts is not None
    return {name: fact.value for name, fact in facts.items()}


RADEON = description("AMD Radeon RX 7800 XT", AMD, 16 * GIB, 16 * GIB)


def test_memory_of_its_own_and_memory_that_it_shares_are_told_apart() -> None:
    found = values(adapter(RADEON, memory(15 * GIB, GIB), memory(15 * GIB)))
    assert found == {
        "name": "AMD Radeon RX 7800 XT",
        "maker": "AMD",
        "integrated": False,
        "memory_total": 16 * GIB,
        "memory_shared": 16 * GIB,
        "memory_free": 14 * GIB,
    }


def test_free_is_never_more_than_its_own_and_never_below_nothing() -> None:
    assert values(adapter(RADEON, memory(40 * GIB), memory(GIB)))["memory_free"] == 16 * GIB
    # node-llama-cpp #653: a budget below what is used, which became 2^64.
    assert values(adapter(RADEON, memory(GIB, 2 * GIB), memory(GIB)))["memory_free"] == 0


def test_a_part_of_the_processor_has_no_memory_of_its_own() -> None:
    # llmfit #840: taken for a card of half the main memory.
    iris = description("Intel(R) Iris(R) Xe Graphics", INTEL, 128 * MIB, 16 * GIB)
    found = values(adapter(iris, memory(15 * GIB), memory(0)))
    assert found["integrated"] is True
    assert found["memory_free"] == 0


def test_an_old_windows_says_what_there_is_and_not_what_is_free() -> None:
    found = values(adapter(RADEON))
    assert (found["memory_total"], found["memory_free"], found["integrated"]) == (16 * GIB, None, None)


@pytest.mark.parametrize(
    "made",
    [
        description("Microsoft Basic Render Driver", MICROSOFT, 0, 16 * GIB, SOFTWARE),
        description("Microsoft Basic Render Driver", MICROSOFT, 0, 16 * GIB),
        description("Microsoft Remote Display Adapter", MICROSOFT, 0, 16 * GIB, REMOTE),
        description("NVIDIA GeForce RTX 4090", NVIDIA, 24 * GIB, 16 * GIB, REMOTE),
        description("VMware SVGA 3D", 0x15AD, GIB, GIB),
        description("Red Hat QXL controller", 0x1B36, GIB, GIB),
        description("Citrix Indirect Display Adapter", 0x5853, 0, GIB),
    ],
)
def test_what_only_draws_or_shows_elsewhere_is_no_gpu(made: bytes) -> None:
    assert facts_of(adapter(made, memory(8 * GIB), memory(8 * GIB))) is None


@pytest.mark.parametrize(
    "told",
    [
        adapter(RADEON[:100]),
        adapter(RADEON, memory(GIB)[:8], memory(GIB)),
        adapter(description("AMD", AMD, 1 << 63, 0), memory(GIB), memory(GIB)),
        {"description": "no digits", "local": None, "shared": None},
    ],
)
def test_what_makes_no_sense_is_refused(told: dict[str, str | None]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        facts_of(told)


def test_a_driver_that_hangs_is_told_and_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_DRIVER", "hangs")
    (gpu,) = dxgi_gpus("tests.hardware.bad_driver", seconds=1)
    assert "did not answer" in gpu["name"].note


def test_adapters_come_from_a_child_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_DRIVER", "windows")
    (gpu,) = dxgi_gpus("tests.hardware.bad_driver")
    assert gpu["name"].value == "Intel"


_Kind = type[ctypes.c_void_p] | type[ctypes.c_uint32] | type[ctypes.c_int32]


class MadeDxgi:
    """Objects as COM lays them out, with the methods that are called at the places that dxgi.h gives them.

    Windows alone has the real ones; these show that what walks over them finds its way, and gives all back.
    """

    def __init__(self, adapters: list[tuple[bytes, bytes | None]]) -> None:
        self.alive = 0
        self._kept: list[object] = []
        self._release = self._method(self._given_back)
        self._adapters = [self._adapter(*each) for each in adapters]
        enumerating = self._method(self._enumerate, ctypes.c_uint32, ctypes.c_void_p)
        self._factory = self._object({2: self._release, 12: enumerating})

    def create(self, identity: ctypes.Array[ctypes.c_char], out: ctypes.c_void_p) -> int:
        assert identity.raw[:4] == bytes.fromhex("78ae0a77")  # 770aae78, as Windows stores it
        return self._give(self._factory, ctypes.cast(out, ctypes.c_void_p).value or 0)

    def _give(self, made: int, out: int) -> int:
        ctypes.c_void_p.from_address(out).value = made
        self.alive += 1
        return 0

    def _given_back(self, _this: int) -> int:
        self.alive -= 1
        return 0

    def _enumerate(self, _this: int, place: int, out: int) -> int:
        return self._give(self._adapters[place], out) if place < len(self._adapters) else -2005270526

    def _adapter(self, made: bytes, local: bytes | None) -> int:
        def describe(_this: int, out: int) -> int:
            ctypes.memmove(out, made, len(made))
            return 0

        def tell(_this: int, _node: int, group: int, out: int) -> int:
            ctypes.memmove(out, memory(0) if group else local or b"", 32)
            return 0

        telling = self._method(tell, ctypes.c_uint32, ctypes.c_int32, ctypes.c_void_p)
        newer = self._object({2: self._release, 14: telling})

        def query(_this: int, identity: int, out: int) -> int:
            assert ctypes.string_at(identity, 4) == bytes.fromhex("a4675964")
            return -2147467262 if local is None else self._give(newer, out)

        querying = self._method(query, ctypes.c_void_p, ctypes.c_void_p)
        return self._object({0: querying, 2: self._release, 10: self._method(describe, ctypes.c_void_p)})

    def _method(self, call: Callable[..., int], *kinds: _Kind) -> int:
        made = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *kinds)(call)
        self._kept.append(made)
        return ctypes.cast(made, ctypes.c_void_p).value or 0

    def _object(self, methods: dict[int, int]) -> int:
        table = (ctypes.c_void_p * 20)(*(methods.get(place) for place in range(20)))
        made = ctypes.pointer(table)
        self._kept.append(made)
        return ctypes.addressof(made)


def test_the_adapters_of_dxgi_are_walked_over_and_given_back() -> None:
    old = description("Intel", INTEL, 128 * MIB, GIB)
    dxgi = MadeDxgi([(RADEON, memory(12 * GIB, GIB)), (old, None)])
    assert adapters(dxgi.create) == [adapter(RADEON, memory(12 * GIB, GIB), memory(0)), adapter(old)]
    assert dxgi.alive == 0


def test_without_a_factory_there_are_none() -> None:
    assert adapters(lambda *_: -2147467259) == []
