from pathlib import Path

import machine
import pytest
import setup_steps
from environment import Environment

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A checkout with its locks and its build recipe, and nothing installed."""
    made = Environment(tmp_path)
    made.folder.mkdir()
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging" / "locks").symlink_to(ROOT / "packaging" / "locks")
    for recipe in ("llama.cmake", "amx.h"):
        (tmp_path / "packaging" / recipe).symlink_to(ROOT / "packaging" / recipe)
    return made


def test_without_a_compiler_it_says_so_and_goes_on(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "find_compiler", lambda: None)
    setup_steps.ensure_llama(environment)
    said = capsys.readouterr().out
    assert "C++ compiler" in said
    assert machine.how_to_get_a_compiler("Linux") in said
    assert environment.stamp("llama") == ""


def test_a_failed_build_is_tried_again_only_when_asked_or_when_the_compiler_changed(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []
    compiler = "g++ 1"

    def fail(_environment: Environment, _recipe: Path, _key: str) -> bool:
        tries.append(compiler)
        return False

    monkeypatch.setattr(machine, "find_compiler", lambda: compiler)
    monkeypatch.setattr(setup_steps, "_build_llama", fail)
    setup_steps.ensure_llama(environment)
    setup_steps.ensure_llama(environment)
    assert tries == ["g++ 1"]
    setup_steps.ensure_llama(environment, retry=True)
    assert tries == ["g++ 1", "g++ 1"]
    compiler = "g++ 2"
    setup_steps.ensure_llama(environment)
    assert tries[2:] == ["g++ 2"]


def test_a_finished_build_is_not_repeated_even_when_asked(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def build(_environment: Environment, recipe: Path, _key: str) -> bool:
        tries.append(recipe)
        return True

    monkeypatch.setattr(machine, "find_compiler", lambda: "g++ 1")
    monkeypatch.setattr(setup_steps, "_build_llama", build)
    for retry in (False, False, True):
        setup_steps.ensure_llama(environment, retry=retry)
    assert len(tries) == 1


def test_a_half_installed_package_is_forgotten_and_a_whole_one_kept(environment: Environment) -> None:
    whole, half = (environment.site_packages / name for name in ("whole-1.dist-info", "half-1.dist-info"))
    for folder in (whole, half):
        folder.mkdir(parents=True)
        (folder / "METADATA").touch()
    (whole / "INSTALLER").write_text("pip", encoding="utf-8")
    setup_steps.drop_half_installed(environment)
    assert whole.is_dir()
    assert not half.exists()
