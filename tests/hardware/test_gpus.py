"""GPUs of all systems together, those of Metal, and what of their memory a model may use."""

from collections.abc import Iterable

import pytest

from app.domain.hardware import Facts, read, unknown
from app.hardware import gpus as gpus_of
from app.hardware.gpus import GpuMemory, GpuRoom, largest_room, merged
from app.hardware.metal import facts_of, metal_gpus

GIB = 1 << 30
APPLE = {"name": "Apple M2 Pro", "unified": True, "working_set": 21 * GIB}
NONE = GpuRoom(0, unified=False)


def gpu(maker: str, free: int | None) -> Facts:
    return {"name": read(maker), "maker": read(maker), "memory_total": read(24 * GIB), "memory_free": read(free)}


def test_apples_gpu_works_with_a_part_of_main_memory() -> None:
    facts = facts_of(APPLE)
    assert facts["memory_free"].value == 0
    assert facts["working_set"].value == 21 * GIB
    assert largest_room([facts], {"Apple"}) == GpuRoom(21 * GIB, unified=True)


def test_a_card_in_a_mac_says_what_there_is_and_not_what_is_free() -> None:
    facts = facts_of({"name": "AMD Radeon Pro 5500M", "unified": False, "working_set": 8 * GIB})
    assert (facts["maker"].value, facts["memory_total"].value, facts["memory_free"].value) == ("AMD", 8 * GIB, None)
    assert largest_room([facts], {"AMD"}) == NONE


@pytest.mark.parametrize("told", [{**APPLE, "working_set": -1}, {**APPLE, "working_set": "much"}])
def test_what_makes_no_sense_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        facts_of(told)


def test_metal_is_asked_in_a_child_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_DRIVER", "mac")
    (told,) = metal_gpus("tests.hardware.bad_driver")
    assert told["name"].value == "Apple M2 Pro"
    monkeypatch.setenv("BAD_DRIVER", "crashes")
    (failed,) = metal_gpus("tests.hardware.bad_driver")
    assert "exit code" in failed["name"].note


def test_a_gpu_that_driver_and_system_tell_of_is_there_once() -> None:
    by_driver, by_system = gpu("NVIDIA", 6 * GIB), gpu("NVIDIA", 7 * GIB)
    assert merged([by_driver], [by_system, gpu("Intel", 0)]) == [by_driver, gpu("Intel", 0)]
    failed = {**by_driver, "memory_free": unknown("the driver did not answer")}
    assert merged([failed], [by_system]) == [failed, by_system]
    assert merged([], [by_system]) == [by_system]


def test_the_largest_one_that_the_engine_can_use_counts_by_what_is_free() -> None:
    found = [gpu("NVIDIA", 6 * GIB), gpu("NVIDIA", 9 * GIB), gpu("AMD", 20 * GIB), gpu("Intel", None)]
    assert largest_room(found, {"NVIDIA"}) == GpuRoom(9 * GIB, unified=False)
    assert largest_room(found, {"NVIDIA", "AMD"}) == GpuRoom(20 * GIB, unified=False)
    assert largest_room(found, {"Intel"}) == NONE
    assert largest_room(found, set()) == NONE
    assert largest_room([], {"NVIDIA"}) == NONE


class Looking:
    """Counts what is asked."""

    def __init__(self, makers: set[str]) -> None:
        self.makers_asked = self.looked = 0
        self.free = 8 * GIB
        self.loaded = False
        self._usable = makers
        self.memory = GpuMemory(self._makers, self._look, lambda: self.loaded)

    def _makers(self) -> set[str]:
        self.makers_asked += 1
        return self._usable

    def _look(self) -> Iterable[Facts]:
        self.looked += 1
        return [gpu("NVIDIA", self.free)]


def test_where_the_engine_can_use_no_gpu_none_is_looked_for() -> None:
    looking = Looking(set())
    assert looking.makers_asked == 0
    assert [looking.memory.room() for _ in range(3)] == [NONE] * 3
    assert (looking.makers_asked, looking.looked) == (1, 0)


def test_what_is_free_is_looked_at_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    looking = Looking({"NVIDIA"})
    assert [looking.memory.room().size for _ in range(3)] == [8 * GIB] * 3
    assert (looking.makers_asked, looking.looked) == (1, 1)
    looking.free = 5 * GIB
    monkeypatch.setattr(gpus_of, "_FRESH", -1.0)
    assert looking.memory.room().size == 5 * GIB
    assert (looking.makers_asked, looking.looked) == (1, 2)


def test_what_our_own_model_took_is_free_for_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    looking = Looking({"NVIDIA"})
    assert looking.memory.room().size == 8 * GIB
    monkeypatch.setattr(gpus_of, "_FRESH", -1.0)
    looking.loaded, looking.free = True, GIB
    assert looking.memory.room().size == 8 * GIB
    looking.loaded = False
    assert looking.memory.room().size == GIB
