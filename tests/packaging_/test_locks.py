import re
import tomllib
from pathlib import Path

import pytest
from pins import index_settings, pinned

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "packaging" / "locks").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[=<>!~\[; ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def lock(name: str) -> str:
    return (ROOT / "packaging" / "locks" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host_no_machine_path_and_no_cuda(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # NVML's bindings are Python; whatever else bears NVIDIA's name is CUDA.
    text = text.replace("nvidia-ml-py", "")
    for unwanted in ("://", "index-url", "find-links", "nvidia", "cuda", "triton", " /", "file:", "torch=="):
        assert unwanted not in text


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash(path: Path) -> None:
    pins = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pins = [line for line in pins if line and not line.lstrip().startswith("#")]
    assert pins
    for line in pins:
        assert re.match(r"[a-z0-9-]+==[^ ]+ ", line), line
        assert "--hash=sha256:" in line, line


def test_the_app_lock_holds_all_that_lectern_names_and_neither_torch_nor_the_engine_to_build() -> None:
    held = set(pinned(lock("app")))
    assert names(PROJECT["project"]["dependencies"]) <= held
    assert names(PROJECT["dependency-groups"]["starter-models"]) <= held
    assert {"jinja2", "diskcache"} <= held, "what llama-cpp-python needs is there before it is built"
    assert held.isdisjoint({"torch", "sentence-transformers", "llama-cpp-python", "llm"})


def test_the_test_lock_holds_what_the_tests_need_besides_and_nothing_twice() -> None:
    held = set(pinned(lock("test")))
    assert names(PROJECT["dependency-groups"]["test"]) | {"sentence-transformers"} <= held
    assert held.isdisjoint(pinned(lock("app")))


def test_the_engine_is_locked_at_the_version_that_the_extra_names() -> None:
    (requirement,) = PROJECT["project"]["optional-dependencies"]["llm"]
    assert requirement in lock("llama")


def test_uv_asks_the_index_that_pip_asks() -> None:
    told = ["global.index-url='https://index.example/simple'", ":env:.cert='/etc/authority.pem'", "global.timeout='9'"]
    settings = index_settings(told)
    assert settings["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert settings["SSL_CERT_FILE"] == "/etc/authority.pem"
