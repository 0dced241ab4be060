import sys
from pathlib import Path

import pytest
from running import StepFailed, build_news, pip_news, run_logged


def program(text: str) -> list[str]:
    return [sys.executable, "-u", "-c", text]


def test_the_output_goes_to_the_log_and_only_the_outcome_to_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log" / "step.txt"
    run_logged("Trying", program("import os; print('hidden', os.environ['ASIDE'])"), log, build_news, {"ASIDE": "é"})
    assert log.read_text(encoding="utf-8").strip() in {"hidden é", "hidden \ufffd"}
    said = capsys.readouterr().out
    assert "Trying ..." in said
    assert "done" in said
    assert "hidden" not in said


def test_a_program_that_fails_is_named_with_its_log_and_its_last_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "step.txt"
    with pytest.raises(StepFailed, match="Trying: failed") as failure:
        run_logged("Trying", program("print('the reason'); raise SystemExit(3)"), log, build_news)
    assert str(log) in failure.value.summary
    assert "the reason" in capsys.readouterr().out


def test_stopping_stops_the_program_too(tmp_path: Path) -> None:
    def stop(_line: str) -> str | None:
        raise KeyboardInterrupt

    endless = program("import time\nprint('on', flush=True)\ntime.sleep(120)\nopen('ended', 'w').close()")
    with pytest.raises(KeyboardInterrupt):
        run_logged("Trying", endless, tmp_path / "step.txt", stop)


def test_pip_is_followed_by_the_packages_that_it_names() -> None:
    read = pip_news(3)
    assert read("Collecting one==1 (from -r app.txt (line 3))\n") == "1 of 3"
    assert (
        read("  Downloading one-1-py3-none-any.whl (2.0 MB)\n") == "1 of 3, Downloading one-1-py3-none-any.whl (2.0 MB)"
    )
    assert read("Requirement already satisfied: two==2 in place\n") == "2 of 3"
    assert read("  Using cached three.whl\n") is None
    assert read("Installing collected packages: one\n") == "unpacking"


def test_a_build_is_followed_by_its_parts() -> None:
    assert build_news("  [24/83] /usr/bin/g++ -c x.cpp\n") == "compiled 24 of 83 parts"
    assert build_news("  warning: something\n") is None
