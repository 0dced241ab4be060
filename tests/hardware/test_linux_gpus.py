"""GPUs and NPUs as Linux describes them in /sys/class/drm and /sys/class/accel (Documentation/gpu and accel)."""

import pytest
from described import Described

from app.hardware.linux_gpus import gpus, npus

GIB = 1 << 30


def card(number: int, vendor: str, driver: str, **files: str | int) -> dict[str, str]:
    device = f"/sys/class/drm/card{number}/device"
    texts = {f"{device}/vendor": f"{vendor}\n", f"{device}/uevent": f"DRIVER={driver}\nPCI_ID=1\n"}
    return texts | {f"{device}/{name.replace('__', '/')}": f"{value}\n" for name, value in files.items()}


def amd(number: int = 0, **files: str | int) -> dict[str, str]:
    return card(number, "0x1002", "amdgpu", **files)


def test_a_card_of_amd_tells_what_is_free_not_what_there_is() -> None:
    (gpu,) = gpus(Described(amd(mem_info_vram_total=16 * GIB, mem_info_vram_used=GIB, mem_info_gtt_total=16 * GIB)))
    assert gpu["memory_free"].value == 15 * GIB
    assert gpu["integrated"].value is False


def test_the_memory_of_a_part_of_the_processor_is_main_memory() -> None:
    # ollama #5471, #12062: the carve-out of an APU taken for the memory of a card.
    (gpu,) = gpus(
        Described(amd(mem_info_vram_total=GIB // 2, mem_info_vram_used=GIB // 4, mem_info_gtt_total=12 * GIB))
    )
    assert gpu["integrated"].value is True
    assert gpu["memory_free"].value == 0


def test_more_used_than_there_is_leaves_nothing() -> None:
    # node-llama-cpp #653: a budget below zero that became 2^64.
    (gpu,) = gpus(Described(amd(mem_info_vram_total=8 * GIB, mem_info_vram_used=9 * GIB, mem_info_gtt_total=GIB)))
    assert gpu["memory_free"].value == 0


def test_a_driver_that_says_nothing_is_not_guessed() -> None:
    (gpu,) = gpus(Described(amd()))
    assert gpu["memory_free"].value is None
    assert gpu["memory_total"].origin == "unknown"


@pytest.mark.parametrize("driver", ["vgem", "vkms", "qxl", "virtio-pci", "simple-framebuffer", "ast", "evdi"])
@pytest.mark.parametrize("vendor", ["0x1002", "0x8086", "0x1af4"])
def test_what_only_draws_or_shows_elsewhere_is_no_gpu(driver: str, vendor: str) -> None:
    assert gpus(Described(card(0, vendor, driver))) == []


def test_sockets_for_screens_are_not_cards() -> None:
    files = amd(mem_info_vram_total=8 * GIB, mem_info_vram_used=0, mem_info_gtt_total=GIB)
    files |= {"/sys/class/drm/card0-HDMI-A-1/status": "connected\n", "/sys/class/drm/renderD128/dev": "226:128\n"}
    assert len(gpus(Described(files))) == 1


def test_what_intel_builds_into_processors_has_no_memory_of_its_own() -> None:
    (gpu,) = gpus(Described(card(0, "0x8086", "i915", device="0x9a49")))
    assert gpu["integrated"].value is True
    assert gpu["memory_free"].value == 0
    assert gpu["name"].value == "Intel 0x9a49"


def test_a_card_of_intel_tells_what_there_is_and_that_free_is_not_known() -> None:
    (gpu,) = gpus(Described(card(1, "0x8086", "xe", tile0__physical_vram_size_bytes=hex(8 * GIB))))
    assert gpu["memory_total"].value == 8 * GIB
    assert gpu["memory_free"].value is None


def test_cards_of_nvidia_are_left_to_their_driver() -> None:
    assert gpus(Described(card(0, "0x10de", "nvidia"))) == []


def test_an_npu_is_named_and_nothing_more() -> None:
    files = {"/sys/class/accel/accel0/device/vendor": "0x8086\n", "/sys/class/accel/accel0/device/device": "0x7d1d\n"}
    (npu,) = npus(Described(files))
    assert {name: fact.value for name, fact in npu.items()} == {"name": "Intel 0x7d1d"}


def test_a_machine_without_any() -> None:
    assert gpus(Described()) == []
    assert npus(Described()) == []
