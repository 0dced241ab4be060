"""Each import rule must catch the breach that it is there for."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

DOWNWARD = "Imports point downward only"
QT = "Qt only in the window"
CHROMA = "Chroma only behind the vector index"
ENGINES = "Engines and HTTP only in the runtimes"
SOCKETS = "Sockets only in security, which refuses them"
GROUND = "The ground floor stands on the standard library alone"


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("domain/planted.py", "import app.jobs", DOWNWARD),
        ("cli/planted.py", "import app.ui", DOWNWARD),
        ("models/planted.py", "import app.documents", DOWNWARD),
        ("cellar/__init__.py", "import app.domain", DOWNWARD),
        ("answering/planted.py", "def late(): import PySide6.QtCore", QT),
        ("library/planted.py", "import chromadb", CHROMA),
        ("answering/planted.py", "import onnxruntime", ENGINES),
        ("models/runtimes/planted.py", "import llama_cpp", ENGINES),
        ("documents/planted.py", "from urllib import request", ENGINES),
        ("ui/planted.py", "import http.client", ENGINES),
        ("library/planted.py", "import socket", SOCKETS),
        ("jobs/planted.py", "import numpy", GROUND),
    ],
)
def test_a_planted_breach_is_caught(tmp_path: Path, module: str, line: str, rule: str) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "app" / module
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"{line}\n", encoding="utf-8")

    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"{rule} BROKEN" in ended.stdout


@pytest.mark.parametrize("room", ["domain", "jobs"])
def test_the_ground_floor_imports_nothing_from_outside(room: str) -> None:
    for path in (ROOT / "app" / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            else:
                continue
            for name in imported:
                assert name.partition(".")[0] in {*sys.stdlib_module_names, "app"}, f"{path} imports {name}"
