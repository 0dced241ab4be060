"""What this machine has shown, kept in a file that may be lost at any time."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault
from app.domain.fit import Fit, Settings, Verdict
from app.models.kernels import AttentionRate, HeadRate, Kernels, WeightsRate
from app.models.records import Load, Records

KERNELS = Kernels(
    True,
    2,
    {"2": 1e9},
    {"Q8_0": WeightsRate(1e9, 1e11)},
    {},
    1e-9,
    {"f16": AttentionRate({"64": HeadRate(1e9, 1e9)}, {"64": 1e10})},
    1e-6,
    1e-7,
)
FIT = Fit(Verdict.FITS, Settings(4_096, 512, "f16", 2), 1_000, 0, 0, (1.0, 2.0), (3.0, 4.0), "")
LOAD = Load(predicted=1_000, measured=1_010, reading=100.0, writing=20.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models" / "machine.json"


def test_kept_over_a_restart(path: Path) -> None:
    first = Records(path, "engine 1")
    first.keep_kernels(KERNELS)
    first.keep_load("a", LOAD)
    first.keep_failure("b")
    again = Records(path, "engine 1")
    assert again.kernels == KERNELS
    assert again.improved("a", FIT) == first.improved("a", FIT) != FIT
    assert again.margin_of("b") > 1.2 * again.margin_of("a")


def test_another_engine_begins_anew(path: Path) -> None:
    Records(path, "engine 1").keep_kernels(KERNELS)
    assert Records(path, "engine 2").kernels is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', '{"format": 1, "engine": "e", "kernels": 5}'])
def test_a_file_that_is_damaged_is_an_empty_one(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    records = Records(path, "e")
    assert records.kernels is None
    records.keep_kernels(KERNELS)
    assert Records(path, "e").kernels == KERNELS


def test_measured_speeds_take_the_place_of_foretold_ones(path: Path) -> None:
    records = Records(path, "e")
    for writing in (18.0, 20.0, 90.0):
        records.keep_load("a", replace(LOAD, writing=writing, reading=None))
    improved = records.improved("a", FIT)
    assert improved.tokens_per_s == pytest.approx((18.0, 22.0))
    assert improved.prompt_tokens_per_s == FIT.prompt_tokens_per_s
    assert records.improved("another", FIT) == FIT


def test_the_margin_follows_what_was_seen_within_bounds(path: Path) -> None:
    records = Records(path, "e")
    assert records.margin == 1.05
    records.keep_load("a", replace(LOAD, measured=900))
    assert records.margin == 1.03
    records.keep_load("b", replace(LOAD, measured=1_200))
    assert records.margin == pytest.approx(1.224)
    records.keep_load("b", replace(LOAD, measured=9_000))
    assert records.margin == 1.5


def test_only_the_latest_loads_count(path: Path) -> None:
    records = Records(path, "e")
    records.keep_load("a", replace(LOAD, measured=1_400))
    for _ in range(8):
        records.keep_load("a", LOAD)
    assert records.margin < 1.04


def test_each_time_that_memory_ran_out_more_is_kept_free_up_to_a_bound(path: Path) -> None:
    records = Records(path, "e")
    margins = [records.margin_of("a")]
    for _ in range(6):
        records.keep_failure("a")
        margins.append(records.margin_of("a"))
    assert margins == sorted(margins)
    assert margins[1] == pytest.approx(1.25 * margins[0])
    assert margins[3] == margins[6]
    assert records.margin_of("b") == margins[0]


def test_a_disk_that_takes_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentFault, match=r"machine\.json"):
        Records(tmp_path / "models" / "machine.json", "e").keep_kernels(KERNELS)


def test_a_file_that_was_hashed_is_known_by_its_stamp(path: Path) -> None:
    records = Records(path, "e")
    assert records.stamp("a") is None
    records.keep_stamp("a", (1, 2, 3, 4))
    assert Records(path, "e").stamp("a") == (1, 2, 3, 4)
