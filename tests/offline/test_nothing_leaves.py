"""The whole journey, from dropping a folder to an answer, makes no attempt to reach anything but this computer."""

import json
import os
import sys
from pathlib import Path

import network_trace
import pytest
from real_documents import ANSWER, QUESTION, write_documents

from app.security.switches import SWITCHES

ROOT = Path(__file__).parents[2]
CAMPAIGN = ROOT / "tests" / "campaigns" / "injection.py"
JOURNEY = Path(__file__).with_name("window_journey.py")
# onnxruntime calls home some 25 seconds after its first session.
LIFE_SECONDS = 60

pytestmark = [pytest.mark.usefixtures("network_tools"), pytest.mark.timeout(600)]


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who starts Lectern for the first time, with no switch set from outside."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in SWITCHES and not name.startswith("XDG_")}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    assert write_documents(folder) >= 20
    return folder


def test_the_window_reaches_nothing(tmp_path: Path, user: dict[str, str], documents: Path) -> None:
    scratch = tmp_path / "trace"
    scratch.mkdir()
    command = [sys.executable, str(JOURNEY), str(tmp_path / "library"), str(documents), str(LIFE_SECONDS)]
    trace = network_trace.trace(command, 480, scratch, user)
    assert trace.status == 0, trace.output
    story = json.loads(next(line for line in trace.output.splitlines() if line.startswith("{")))
    assert trace.attempts == ()
    assert story["refused"] == []
    assert not (Path(user["HOME"]) / ".cache" / "Microsoft").exists(), "onnxruntime keeps a database to report from"
    assert trace.calls > 0
    assert trace.seconds >= LIFE_SECONDS
    assert story["error"] == ""
    assert any(ANSWER in quote for quote in story["quotes"])
    assert story["model_answered"]
    assert story["formats"] == [".docx", ".html", ".md", ".pdf", ".txt"]


def test_the_command_line_reaches_nothing(tmp_path: Path, user: dict[str, str], documents: Path) -> None:
    library = str(tmp_path / "library")
    commands = {
        "ingest": ["ingest", str(documents)],
        "ask": ["ask", QUESTION, "--mode", "both"],
    }
    outputs = {}
    for name, words in commands.items():
        scratch = tmp_path / name
        scratch.mkdir()
        command = [sys.executable, "-m", "app", words[0], "--library", library, "--json", *words[1:]]
        trace = network_trace.trace(command, 240, scratch, user)
        assert trace.status == 0, trace.output
        assert trace.attempts == ()
        outputs[name] = [json.loads(line) for line in trace.output.splitlines() if line.startswith("{")]
    assert outputs["ingest"][-1]["skipped"] == []
    assert {answer["mode"] for answer in outputs["ask"]} == {"extractive", "generated"}
    assert any(ANSWER in answer["text"] for answer in outputs["ask"])


def test_hostile_documents_reach_nothing(tmp_path: Path, user: dict[str, str]) -> None:
    scratch = tmp_path / "trace"
    scratch.mkdir()
    command = [sys.executable, str(CAMPAIGN), "--count", "48", "--mode", "extractive"]
    trace = network_trace.trace(command, 480, scratch, user)
    assert trace.status == 0, trace.output
    assert trace.attempts == ()
    assert trace.calls > 0
