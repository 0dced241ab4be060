import logging
from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Cancelled, EnvironmentFault, LecternError
from app.jobs.cancel import CancelToken
from app.jobs.progress import Progress, ProgressSlot
from app.ui.bridge import Bridge, Sampler
from app.ui.work import LaneName, ProgramFault


@pytest.fixture
def bridge(qtbot: QtBot, qapp: QApplication) -> Iterator[Bridge]:
    made = Bridge(qapp)
    yield made
    ended: list[bool] = []
    made.close(lambda: None, lambda: None, ended.append, 10)
    qtbot.waitUntil(lambda: bool(ended))


def _never(*_: object) -> None:
    raise AssertionError("this callback must not be called")


def test_work_is_done_elsewhere_and_comes_back_to_the_window(bridge: Bridge, qtbot: QtBot) -> None:
    threads: list[str] = []

    def work() -> int:
        threads.append(current_thread().name)
        return 42

    def done(result: int) -> None:
        assert current_thread() is main_thread()
        threads.append(str(result))

    bridge.run(LaneName.INDEX, work, done, _never)
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0].startswith("lane-index")
    assert threads[1] == "42"


def test_a_lane_does_one_thing_after_the_other_while_others_go_on(bridge: Bridge, qtbot: QtBot) -> None:
    gate = Event()
    order: list[str] = []
    bridge.run(LaneName.INDEX, lambda: gate.wait(10), lambda _ok: order.append("first"), _never)
    bridge.run(LaneName.INDEX, lambda: True, lambda _ok: order.append("second"), _never)
    bridge.run(LaneName.MODEL, lambda: True, lambda _ok: order.append("model"), _never)
    qtbot.waitUntil(lambda: order == ["model"])
    gate.set()
    qtbot.waitUntil(lambda: order == ["model", "first", "second"])


def test_fault_comes_back_as_it_is(bridge: Bridge, qtbot: QtBot) -> None:
    errors: list[LecternError] = []
    fault = EnvironmentFault("The disk is full.", "Make room.")

    def work() -> None:
        raise fault

    bridge.run(LaneName.PROBE, work, _never, errors.append)
    qtbot.waitUntil(lambda: errors == [fault])


def test_stopped_work_is_no_error(bridge: Bridge, qtbot: QtBot) -> None:
    stopped: list[bool] = []

    def work() -> None:
        raise Cancelled

    bridge.run(LaneName.PROBE, work, _never, _never, lambda: stopped.append(True))
    qtbot.waitUntil(lambda: stopped == [True])


def test_mistake_is_logged_and_told(bridge: Bridge, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    errors: list[LecternError] = []
    with caplog.at_level(logging.ERROR, logger="app"):
        bridge.run(LaneName.PROBE, lambda: 1 // 0, _never, errors.append)
        qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ProgramFault)
    assert "ZeroDivisionError" in caplog.text


def test_closing_waits_for_running_work_and_drops_the_rest(qtbot: QtBot, qapp: QApplication) -> None:
    bridge, token = Bridge(qapp), CancelToken()
    happened: list[str] = []
    started = Event()

    def work() -> None:
        started.set()
        while True:
            token.check()

    bridge.run(LaneName.INDEX, work, _never, _never, lambda: happened.append("stopped"))
    bridge.run(LaneName.INDEX, lambda: happened.append("never"), _never, _never)
    assert started.wait(10)
    bridge.close(
        token.cancel, lambda: happened.append("services closed"), lambda ok: happened.append(f"in time: {ok}"), 10
    )
    bridge.run(LaneName.PROBE, lambda: happened.append("too late"), _never, _never)
    qtbot.waitUntil(lambda: "in time: True" in happened)
    assert set(happened) == {"stopped", "services closed", "in time: True"}


def test_closing_never_hangs(qtbot: QtBot, qapp: QApplication) -> None:
    bridge, gate = Bridge(qapp), Event()
    ended: list[bool] = []
    bridge.run(LaneName.INDEX, lambda: gate.wait(30), lambda _ok: None, _never)
    bridge.close(lambda: None, lambda: None, ended.append, 0.2)
    qtbot.waitUntil(lambda: bool(ended))
    assert ended == [False]
    gate.set()


def test_progress_is_sampled_and_not_queued(qtbot: QtBot) -> None:
    slot = ProgressSlot()
    sampler, seen = Sampler(slot), list[Progress]()
    sampler.progressed.connect(seen.append)
    sampler.set_running(True)
    for done in range(10_000):
        slot.report("Reading", done, 10_000, "files")
    qtbot.waitUntil(lambda: bool(seen))
    qtbot.wait(250)
    sampler.set_running(False)
    assert seen[-1].done == 9_999
    assert len(seen) <= 3
