"""Where the window's tests draw: nowhere, unless another platform is named; and on what services."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from on_desk import Start
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import ScriptedLibrary, ScriptedServices

from app.library.conversations import KeptConversations
from app.library.ledger import Ledger
from app.services import Services
from app.ui.desk import Desk
from app.ui.library_presenter import WorkState
from app.ui.theme import Theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[ScriptedServices]:
    """What the window is given, on a ledger that keeps conversations."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ScriptedServices(ScriptedLibrary(KeptConversations(ledger)))
    ledger.close()


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, tmp_path: Path, services: ScriptedServices) -> Iterator[Start]:
    """Open the window on the scripted services; every window is closed at the end."""
    desks: list[tuple[Desk, list[bool]]] = []

    def begin(open_services: Callable[[Path], object] = lambda _folder: services, wait: bool = True) -> Desk:
        desk = Desk(tmp_path, cast("Callable[[Path], Services]", open_services), Theme(qapp), tmp_path / "log")
        ended: list[bool] = []
        desk.ended.connect(ended.append)
        opened: list[bool] = []
        desk.opened.connect(lambda: opened.append(True))
        desks.append((desk, ended))
        desk.window.painted.connect(desk.open)
        with qtbot.waitActive(desk.window):
            desk.window.show()
            desk.window.activateWindow()
        if wait:
            qtbot.waitUntil(lambda: bool(opened) and desk.library.state is WorkState.IDLE)
        return desk

    yield begin
    for desk, ended in desks:
        desk.close()
        qtbot.waitUntil(partial(bool, ended))
        desk.deleteLater()
