import platform
from collections.abc import Callable
from pathlib import Path

import machine
import pytest


def having(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


@pytest.mark.parametrize(
    ("system", "programs", "command"),
    [
        ("Linux", ["apt-get"], "apt-get install -y g++"),
        ("Linux", ["dnf"], "dnf install -y gcc-c++"),
        ("Linux", ["zypper"], "zypper install -y gcc-c++"),
        ("Linux", ["pacman"], "pacman -S --needed gcc"),
        ("Linux", ["apk"], "apk add g++"),
        ("Linux", [], "g++ or clang++"),
        ("Darwin", [], "xcode-select --install"),
        ("Windows", [], "winget install Microsoft.VisualStudio"),
    ],
)
def test_every_system_has_its_way_to_a_compiler(system: str, programs: list[str], command: str) -> None:
    assert command in machine.how_to_get_a_compiler(system, having(*programs))


def test_missing_libraries_are_named_by_what_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")

    def opens(name: str) -> object:
        if name == "libEGL.so.1":
            raise OSError(name)
        return object()

    missing = machine.missing_libraries(opens)
    assert [machine.QT_LIBRARIES[name] for name in missing] == ["libegl1"]


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_elsewhere_qt_brings_all_it_needs(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)

    def refuse(name: str) -> object:
        raise OSError(name)

    assert machine.missing_libraries(refuse) == []
    assert machine.missing_test_programs(having()) == []


def test_a_library_that_does_not_exist_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(machine, "QT_LIBRARIES", {"libLecternMadeUp.so.1": "made-up", "libc.so.6": "libc6"})
    assert machine.missing_libraries() == ["libLecternMadeUp.so.1"]


def test_a_user_who_may_not_install_gets_the_whole_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "may_install", lambda: False)
    machine.bring(["libegl1", "libgl1", "libegl1"], "the window")
    assert "Missing for the window: libegl1 libgl1" in capsys.readouterr().out
    assert machine.how_to_install(["libegl1"], having("apt-get")).endswith("sudo apt-get install -y libegl1")
    assert "Debian" in machine.how_to_install(["libegl1"], having())


def test_nothing_missing_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    machine.bring([], "the window")
    assert capsys.readouterr().out == ""


def test_a_compiler_is_known_again_and_told_from_its_successor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.delenv("CXX", raising=False)
    program = tmp_path / "g++"
    program.touch()

    def find(name: str) -> str | None:
        return str(program) if name == "g++" else None

    first = machine.find_compiler(find)
    assert first is not None
    assert machine.find_compiler(find) == first
    program.touch()
    assert machine.find_compiler(find) != first
    assert machine.find_compiler(having()) is None


def test_the_compiler_that_the_user_chose_is_looked_for_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setenv("CXX", "special++ -O2")
    for name in ("special++", "g++"):
        (tmp_path / name).touch()
    found = machine.find_compiler(lambda name: str(tmp_path / name) if (tmp_path / name).exists() else None)
    assert found is not None
    assert found.startswith(str(tmp_path / "special++"))
