import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from checks import Outcome, block_qt, check, check_suite, counts, report, type_groups

ROOT = Path(__file__).parents[2]


def test_with_qt_blocked_neither_a_process_nor_its_child_can_import_it(tmp_path: Path) -> None:
    settings = {**os.environ, **block_qt(tmp_path)}
    grandchild = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import PySide6.QtCore']))"
    for program in ("import PySide6.QtWidgets", "import shiboken6", grandchild):
        ended = subprocess.run(
            [sys.executable, "-c", program], env=settings, capture_output=True, text=True, check=False
        )
        assert ended.returncode != 0, program
        assert "ImportError: " in ended.stderr
        assert "is kept away in this run" in ended.stderr


def test_the_results_are_read_from_the_line_with_which_pytest_closes() -> None:
    line = "=== 2 failed, 311 passed, 4 skipped, 1 error in 92.11s (0:01:32) ==="
    assert counts(line) == {"failed": 2, "passed": 311, "skipped": 4, "error": 1}
    assert counts("3 passed in 0.1s") == {"passed": 3}


def test_a_real_suite_is_counted(tmp_path: Path) -> None:
    suite = tmp_path / "test_two.py"
    suite.write_text("def test_good(): pass\ndef test_bad(): assert False\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(suite)]
    # Without plug-ins: one of them needs Qt, and this test also runs where Qt is kept away.
    outcome = check_suite("two", command, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    assert not outcome.passed
    assert outcome.tests == {"passed": 1, "failed": 1}


def test_the_last_line_says_how_many_passed_and_failed(capsys: pytest.CaptureFixture[str]) -> None:
    good = Outcome("suite", True, 1.0, Counter({"passed": 7, "skipped": 1}))
    assert report([good]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 0 failed, 1 skipped"

    bad = Outcome("core", False, 1.0, Counter({"passed": 2, "failed": 1, "error": 1}))
    assert report([good, bad]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "9 passed, 2 failed, 1 skipped"


@pytest.mark.parametrize("tests", [Counter[str](), Counter({"passed": 5})])
def test_a_check_that_fails_without_a_failed_test_still_fails(
    capsys: pytest.CaptureFixture[str], tests: Counter[str]
) -> None:
    assert report([Outcome("killed", False, 1.0, tests)]) == 1
    assert ", 1 failed" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(("statuses", "passed"), [([0], True), ([1], False), ([0, 0], True), ([1, 0], False)])
def test_a_check_passes_when_all_its_commands_do(statuses: list[int], passed: bool) -> None:
    commands = [[sys.executable, "-c", f"raise SystemExit({status})"] for status in statuses]
    assert check("x", *commands).passed is passed


def test_mypy_sees_every_test() -> None:
    groups = type_groups(ROOT)
    assert groups[0] == ["app", "packaging", "tests/conftest.py"]
    covered = {Path(folder) for group in groups[1:] for folder in group}
    assert covered == {path.parent.relative_to(ROOT) for path in (ROOT / "tests").glob("*/*.py")}


def test_ci_runs_exactly_the_test_command_of_the_readme() -> None:
    command = "python3 packaging/dev.py test"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith(f"exec {command}")


def test_the_library_called_packaging_is_not_hidden_by_the_folder() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
    ended = subprocess.run([sys.executable, "-c", "import packaging.version"], cwd=ROOT, check=False)
    assert ended.returncode == 0
