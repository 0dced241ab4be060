from pathlib import Path

import llama_server
import machine
import pytest
from environment import Environment
from running import StepFailed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    made = Environment(tmp_path)
    made.folder.mkdir()
    (tmp_path / "packaging").symlink_to(ROOT / "packaging")
    (made.site_packages / "llama_cpp" / "lib").mkdir(parents=True)
    return made


@pytest.mark.parametrize("missing", ["compiler", "libraries"])
def test_without_a_compiler_or_the_libraries_its_tests_are_skipped(
    environment: Environment, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "find_compiler", lambda: None if missing == "compiler" else "c++")
    if missing == "libraries":
        (environment.site_packages / "llama_cpp" / "lib").rmdir()
    llama_server.ensure_llama_server(environment)
    assert "skipped" in capsys.readouterr().out
    assert not environment.stamp(llama_server.PROGRAM)


def test_a_build_that_fails_is_said_and_tried_again(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise StepFailed("The compiler broke.", "Mend it.")

    monkeypatch.setattr(machine, "find_compiler", lambda: "c++")
    monkeypatch.setattr(llama_server, "install_lock", lambda *_: None)
    monkeypatch.setattr(llama_server, "_build", fail)
    llama_server.ensure_llama_server(environment)
    assert "The compiler broke." in capsys.readouterr().out
    built: list[Path] = []
    monkeypatch.setattr(llama_server, "_build", lambda _environment, folder: built.append(folder))
    llama_server.ensure_llama_server(environment)
    llama_server.ensure_llama_server(environment)
    assert len(built) == 1
