import subprocess
import sys
import time
from pathlib import Path

import dev
import pytest
import setup_steps

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("version", "old"), [((3, 6), True), ((3, 10), True), ((3, 11), False), ((4, 0), False)])
def test_a_python_that_is_too_old_is_told_so(version: tuple[int, int], old: bool) -> None:
    said = dev.too_old(*version)
    assert bool(said) is old
    if old:
        assert f"this is {version[0]}.{version[1]}" in said
        assert "3.11" in said


def test_dev_py_can_be_read_by_the_pythons_that_it_turns_away() -> None:
    compile((ROOT / "packaging" / "dev.py").read_text(encoding="utf-8"), "dev.py", "exec", dont_inherit=True)
    text = (ROOT / "packaging" / "dev.py").read_text(encoding="utf-8")
    top = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    assert all(line.split()[1] in sys.stdlib_module_names for line in top)
    for newer in (":=", "match ", "list[", "dict[", "tuple[", " | "):
        assert newer not in text


@pytest.mark.parametrize("arguments", [[], ["walk"], ["--help"]])
def test_anything_but_the_three_commands_shows_how_it_is_used(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(*arguments) == 2
    said = capsys.readouterr().err
    for command in ("run", "test", "lock"):
        assert f"  {command} " in said


def test_the_set_up_leaves_the_output_to_lectern(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    started: list[tuple[str, ...]] = []

    def start(_python: Path, *arguments: str) -> int:
        started.append(arguments)
        return 0

    monkeypatch.setattr(setup_steps, "prepare_run", lambda *_, **__: sys.stdout.write("Installing\n"))
    monkeypatch.setattr(dev, "start_lectern", start)
    assert dev.main("run", "--retry", "status", "--json") == 0
    assert started == [("status", "--json")]
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "Installing\n")


def test_it_needs_the_standard_library_only() -> None:
    bare = "import checks, dev, environment, machine, pins, running, setup_steps"
    command = [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, 'packaging'); {bare}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_a_set_up_that_is_complete_costs_under_three_seconds() -> None:
    if Path(sys.prefix) != ROOT / ".venv" or not (ROOT / ".venv" / "lectern-setup.json").exists():
        pytest.skip("this checkout was not set up by dev.py")
    started = time.monotonic()
    command = [sys.executable, "packaging/dev.py", "run", "--version"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "Installing" not in ended.stdout
    assert time.monotonic() - started < 3.0
