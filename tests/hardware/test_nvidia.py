"""A driver may hang, crash or talk nonsense: Lectern goes on, and says so."""

from time import monotonic

import pytest

from app.hardware.nvidia import nvidia_gpus

CHILD = "tests.hardware.bad_driver"


@pytest.mark.parametrize(
    ("behaviour", "note"),
    [
        ("hangs", "did not answer"),
        ("crashes", "ended with exit code"),
        ("nonsense", "made no sense"),
        ("too much", "made no sense"),
        ("not a list", "made no sense"),
    ],
)
def test_a_bad_driver_is_told_and_does_no_harm(behaviour: str, note: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_DRIVER", behaviour)
    began = monotonic()
    (gpu,) = nvidia_gpus(CHILD, seconds=2)
    assert monotonic() - began < 5
    assert note in gpu["name"].note
    assert gpu["memory_free"].value is None


def test_no_driver_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_DRIVER", "absent")
    assert nvidia_gpus(CHILD) == []


def test_a_laptop_is_known_as_such_and_free_is_never_more_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAD_DRIVER", "laptop")
    (gpu,) = nvidia_gpus(CHILD)
    assert gpu["laptop"].value is True
    assert gpu["memory_free"].value == gpu["memory_total"].value == 8 << 30


def test_this_machine_answers_in_time() -> None:
    began = monotonic()
    nvidia_gpus()
    assert monotonic() - began < 12
