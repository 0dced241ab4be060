"""The calibration on this machine: it ends in time, and what it says is possible."""

from importlib.util import find_spec
from time import monotonic

import pytest

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from app.models.kernels import Kernels
from app.models.runtimes.calibration import measure_kernels

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return measure_kernels(2, CancelToken())


def test_every_speed_is_one_that_a_processor_can_have(kernels: Kernels) -> None:
    assert kernels.threads in (1, 2)
    assert all(1e7 < speed < 1e13 for speed in kernels.writing.values())
    assert all(1e8 < speed < 1e14 for speed in kernels.reading.values())
    assert 1e-8 < kernels.norm < 1e-3


def test_weights_of_fewer_bits_are_not_fewer_bytes_a_second_by_magnitudes(kernels: Kernels) -> None:
    # All types are bound by the same memory: a mistake in a size would show as a factor.
    speeds = sorted(kernels.writing.values())
    assert speeds[-1] < 20 * speeds[0]


def test_types_that_are_repacked_are_among_those_measured(kernels: Kernels) -> None:
    assert kernels.repacked <= set(kernels.writing)


def test_stop_ends_it_at_once() -> None:
    cancel = CancelToken()
    cancel.cancel()
    began = monotonic()
    with pytest.raises(Cancelled):
        measure_kernels(2, cancel)
    assert monotonic() - began < 1.0
