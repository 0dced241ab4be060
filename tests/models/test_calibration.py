"""The calibration on this machine: it ends in time, and what it says is possible."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import pytest

from app.bootstrap import open_shelf
from app.domain.errors import Cancelled
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.models import shelf
from app.models.kernels import Kernels, read_kernels
from app.models.runtimes.calibration import measure_kernels

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return measure_kernels(usable_threads(), CancelToken())


def test_every_speed_is_one_that_a_processor_can_have(kernels: Kernels) -> None:
    assert 1 <= kernels.threads <= usable_threads()
    rates = [*kernels.plain.values(), *kernels.repacked.values()]
    assert all(1e7 < rate.writing < 1e13 and 1e8 < rate.reading < 1e14 for rate in rates)
    for rate in kernels.attention.values():
        assert set(rate.writing) == set(rate.reading) == {"64", "128", "256"}
        assert all(1e7 < speed < 1e14 for speed in rate.reading.values())
        assert all(1e7 < speed < 1e14 for head in rate.writing.values() for speed in (head.alone, head.shared))
    assert 1e-9 < kernels.narrow_norm < kernels.norm < 1e-3
    assert 0 <= kernels.row < 1e-6


def test_no_type_differs_from_the_others_by_magnitudes(kernels: Kernels) -> None:
    # All are bound by the same memory: a mistake in a size would show as a factor.
    speeds = sorted(rate.writing for rate in kernels.plain.values())
    assert speeds[-1] < 20 * speeds[0]


def test_reading_many_tokens_at_once_is_worth_it(kernels: Kernels) -> None:
    # Operations a second with one token: two for each number, of which a byte holds at most four.
    rate = kernels.plain["F16"]
    assert rate.reading > rate.writing / 2 * 2


def test_what_was_measured_beside_other_work_is_measured_again_at_the_next_start(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = iter([replace(kernels, quiet=False), replace(kernels, quiet=True)])
    monkeypatch.setattr(shelf, "measure_kernels", lambda *_: next(measured))
    for quiet in (False, True, True):
        started = open_shelf(tmp_path / "models", tmp_path / "no policy")
        assert [started.calibrate(CancelToken()).quiet for _ in range(2)] == [quiet, quiet]
    assert list(measured) == []


def test_stop_ends_it_at_once() -> None:
    cancel = CancelToken()
    cancel.cancel()
    began = monotonic()
    with pytest.raises(Cancelled):
        measure_kernels(usable_threads(), cancel)
    assert monotonic() - began < 1.0


def test_a_computer_too_slow_for_a_second_round_is_measured_by_the_first() -> None:
    program = """
import json
from dataclasses import asdict
from app.models.runtimes.calibration_child import _ROOM, _measured
from app.models.runtimes.ggml import Ggml
print(json.dumps(asdict(_measured(Ggml(_ROOM), 1, until=0.0))))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    once = read_kernels(json.loads(done.stdout))
    assert all(rate.writing > 1e7 and rate.reading > 1e8 for rate in once.plain.values())
