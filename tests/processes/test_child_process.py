"""Both ends of a child process, with a child that only echoes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest

from app.domain.errors import Cancelled
from app.jobs.cancel import CancelToken
from app.processes.child_process import ChildEnded, ChildProcess

ROOT = Path(__file__).parents[2]
ECHO = "tests.processes.echo_child"


@pytest.fixture
def never() -> CancelToken:
    return CancelToken()


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    started = ChildProcess(ECHO, {})
    yield started
    started.kill()
    started.join()


def test_it_greets_whoever_asks_and_however_often(child: ChildProcess, never: CancelToken) -> None:
    greeting = child.greeting(never)
    assert greeting["parent"] == os.getpid()
    assert greeting["telemetry"] == "1"
    assert child.greeting(never) == greeting


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel keeps a child off the network on Linux only")
def test_it_has_no_network(child: ChildProcess, never: CancelToken) -> None:
    assert child.greeting(never)["network"] == "PermissionError"


def test_what_cannot_wait_is_taken_at_once(child: ChildProcess, never: CancelToken) -> None:
    child.greeting(never)
    talk = child.ask({"do": "note", "word": "a"})
    child.add(talk, {"do": "note", "word": "b"})
    assert child.ask({"do": "notes"}).next(never)["words"] == ["a", "b"]


def test_replies_go_to_those_who_asked(child: ChildProcess, never: CancelToken) -> None:
    child.greeting(never)
    first = child.ask({"do": "say", "words": ["a", "b"]})
    second = child.ask({"do": "say", "words": ["ü\n\ud800"]})
    assert second.next(never)["word"] == "ü\n\ud800"
    assert [first.next(never)["word"] for _ in range(2)] == ["a", "b"]


def test_replies_that_nobody_wants_are_dropped(child: ChildProcess, never: CancelToken) -> None:
    child.greeting(never)
    unwanted = child.ask({"do": "say"})
    child.drop(unwanted)
    child.add(unwanted, {"do": "say", "words": ["too late"]})
    assert child.ask({"do": "say", "words": ["x"]}).next(never)["word"] == "x"
    assert unwanted.poll(0.01) is None


def test_its_end_reaches_all_who_wait_and_all_who_come_later(child: ChildProcess, never: CancelToken) -> None:
    child.greeting(never)
    waiting = child.ask({"do": "say"})
    child.ask({"do": "die", "code": 7})
    with pytest.raises(ChildEnded) as caught:
        waiting.next(never)
    assert caught.value.code == 7
    assert not caught.value.killed
    assert child.ended
    with pytest.raises(ChildEnded):
        child.ask({"do": "say", "words": ["x"]}).next(never)


def test_its_last_words_are_kept(never: CancelToken) -> None:
    child = ChildProcess(ECHO, {"fail": "the model is broken"})
    with pytest.raises(ChildEnded) as caught:
        child.greeting(never)
    assert caught.value.code == 1
    assert caught.value.output.endswith("RuntimeError: the model is broken")


def test_a_program_that_cannot_be_started_has_ended(never: CancelToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ChildEnded, match="nowhere"):
        ChildProcess(ECHO, {}).greeting(never)


def test_who_waits_can_stop() -> None:
    child = ChildProcess(ECHO, {"slow": 30})
    cancel = CancelToken()
    Timer(0.1, cancel.cancel).start()
    began = monotonic()
    with pytest.raises(Cancelled):
        child.greeting(cancel)
    child.kill()
    child.join()
    assert monotonic() - began < 5
    assert child.ended


def test_it_can_be_killed_before_it_is_up(never: CancelToken) -> None:
    child = ChildProcess(ECHO, {"slow": 30})
    child.kill()
    child.kill()
    child.join()
    with pytest.raises(ChildEnded) as caught:
        child.greeting(never)
    assert caught.value.killed


def test_it_ends_with_the_pipe_whatever_it_is_doing() -> None:
    command = [sys.executable, "-m", ECHO, str(os.getpid())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdin is not None
        child.stdin.write(b'{"slow": 30}\n')
        child.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1)
        child.stdin.close()
        assert child.wait(5) == 0


def test_half_a_line_is_no_reply(child: ChildProcess, never: CancelToken) -> None:
    child.greeting(never)
    talk = child.ask({"do": "die", "code": 3, "half": '{"id": 1, "wo'})
    with pytest.raises(ChildEnded):
        talk.next(never)
