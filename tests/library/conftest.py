from pathlib import Path

import pytest
from papers import BOILER, LEASE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    (made / "boiler.txt").write_text(BOILER)
    (made / "lease.txt").write_text(LEASE)
    return made
