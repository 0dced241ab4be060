import json
import platform
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from environment import Environment, ensure_python, key_of


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    made = Environment(tmp_path)
    made.folder.mkdir()
    return made


def test_a_finished_step_is_not_done_again(environment: Environment) -> None:
    done: list[str] = []
    for key in ("one", "one", "two"):
        environment.once("step", key, partial(done.append, key))
    assert done == ["one", "two"]


def test_an_interrupted_step_is_done_again(environment: Environment) -> None:
    def cut_short() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        environment.once("step", "key", cut_short)
    assert environment.stamp("step") == ""


def test_stamps_of_other_steps_stay(environment: Environment) -> None:
    environment.set_stamp("one", "1")
    environment.set_stamp("two", "2")
    assert (environment.stamp("one"), environment.stamp("two")) == ("1", "2")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"other": "x"}'])
def test_a_damaged_stamp_file_means_that_nothing_is_done(environment: Environment, content: str) -> None:
    environment.stamps.write_text(content, encoding="utf-8")
    assert environment.stamp("step") == ""


def test_a_lock_that_changed_has_another_key(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("a==1", encoding="utf-8")
    second.write_text("a==2", encoding="utf-8")
    assert key_of([first]) != key_of([second])
    assert key_of([first, second]) != key_of([second, first])


def test_an_environment_is_made_once_and_made_anew_when_half_of_it_is_missing(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    ensure_python(environment)
    question = [str(environment.python), "-c", "import sys, pip; print(sys.version.split()[0])"]
    assert subprocess.run(question, capture_output=True, text=True, check=True).stdout.strip() == sys.version.split()[0]

    kept = environment.folder / "kept"
    kept.touch()
    ensure_python(environment)
    environment.stamps.unlink()
    ensure_python(environment)
    assert kept.exists(), "a sound environment is used as it is, with or without its stamp"

    environment.stamps.unlink()
    (environment.folder / "pyvenv.cfg").unlink()
    ensure_python(environment)
    assert not kept.exists(), "half an environment is made anew"
    assert environment.stamp("python") == f"{platform.python_version()} {tmp_path}"


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    before = Environment(tmp_path / "before")
    before.root.mkdir()
    ensure_python(before)
    before.root.rename(tmp_path / "after")
    after = Environment(tmp_path / "after")
    (after.folder / "moved").touch()
    ensure_python(after)
    assert not (after.folder / "moved").exists(), "its programs still named the place where it was"


def test_stamps_are_written_whole(environment: Environment) -> None:
    environment.set_stamp("step", "key")
    assert json.loads(environment.stamps.read_text(encoding="utf-8")) == {"step": "key"}
    assert [path.name for path in environment.folder.iterdir()] == [environment.stamps.name]
