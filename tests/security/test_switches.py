import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.security import switches

ROOT = Path(__file__).parents[2]


def in_child(code: str, folder: Path) -> dict[str, object]:
    """Run ``code`` in a Python of its own, started as if a user had switched everything on; return what it prints."""
    against = dict.fromkeys(switches.SWITCHES, "0") | {"ANONYMIZED_TELEMETRY": "True", "CHROMA_OTEL_GRANULARITY": "all"}
    answer = subprocess.run(
        [sys.executable, "-c", f"from app.security import switches; switches.apply()\n{code}"],
        env={**os.environ, **against, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(answer.stdout)
    assert isinstance(result, dict)
    return result


def test_switches_overrule_what_was_set_and_reach_grandchildren(tmp_path: Path) -> None:
    seen = in_child(
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import json, os; print(json.dumps(dict(os.environ)))'], check=True)",
        tmp_path,
    )
    assert {name: seen[name] for name in switches.SWITCHES} == dict(switches.SWITCHES)


def test_child_environment_holds_the_switches_and_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("LECTERN_ELSE", "kept")
    environment = switches.child_environment()
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["LECTERN_ELSE"] == "kept"
    assert os.environ["HF_HUB_OFFLINE"] == "0"


def test_chroma_obeys_even_a_settings_file_in_the_current_folder(tmp_path: Path) -> None:
    lines = ("ANONYMIZED_TELEMETRY=True", "CHROMA_OTEL_GRANULARITY=all")
    server = ("CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI", "CHROMA_SERVER_HOST=192.0.2.1")
    (tmp_path / ".env").write_text("\n".join((*lines, *server)))
    settings = in_child(
        "import chromadb, json\n"
        "from chromadb.config import Settings\n"
        "from app.security import egress; egress.install()\n"
        "s = Settings(); client = chromadb.PersistentClient('index', s)\n"
        "print(json.dumps({'telemetry': s.anonymized_telemetry, 'spans': s.chroma_otel_granularity,\n"
        "    'collections': client.count_collections(), 'refused': egress.report().count}))",
        tmp_path,
    )
    assert settings == {"telemetry": False, "spans": "none", "collections": 0, "refused": 0}


def test_opentelemetry_and_the_hub_obey(tmp_path: Path) -> None:
    state = in_child(
        "import json\n"
        "from huggingface_hub import constants\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "print(json.dumps({'offline': constants.is_offline_mode(), 'silent': constants.HF_HUB_DISABLE_TELEMETRY,\n"
        "    'tracer': type(TracerProvider().get_tracer('x')).__name__}))",
        tmp_path,
    )
    assert state == {"offline": True, "silent": True, "tracer": "NoOpTracer"}


def test_onnxruntime_still_knows_its_switch() -> None:
    package = find_spec("onnxruntime")
    assert package is not None
    assert package.origin is not None
    libraries = [path for path in (Path(package.origin).parent / "capi").iterdir() if "pybind11_state" in path.name]
    assert libraries
    assert any(b"ORT_DISABLE_TELEMETRY" in library.read_bytes() for library in libraries)
