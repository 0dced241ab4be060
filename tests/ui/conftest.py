"""Where the window's tests draw: nowhere, unless another platform is named; and on what services."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import ScriptedLibrary, ScriptedServices

from app.library.conversations import KeptConversations
from app.library.ledger import Ledger

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[ScriptedServices]:
    """What the window is given, on a ledger that keeps conversations."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ScriptedServices(ScriptedLibrary(KeptConversations(ledger)))
    ledger.close()
