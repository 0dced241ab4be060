"""The program as it is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.ui.program import SCREENS


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_it_says_so(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in SCREENS}
    call = [sys.executable, "-m", "app", "--library", str(tmp_path / "library")]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "no screen" in done.stderr
    assert not (tmp_path / "library").exists()
