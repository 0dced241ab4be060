"""What the window remembers from one start to the next."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from app.ui.theme import Appearance

FILE_NAME = "window.ini"


class WindowState:
    """A small file in the library's folder."""

    def __init__(self, folder: Path) -> None:
        self._settings = QSettings(str(folder / FILE_NAME), QSettings.Format.IniFormat)

    @property
    def appearance(self) -> Appearance:
        """The appearance that was chosen last."""
        stored = str(self._settings.value("appearance", Appearance.SYSTEM.value))
        return Appearance(stored) if stored in list(Appearance) else Appearance.SYSTEM

    @appearance.setter
    def appearance(self, appearance: Appearance) -> None:
        self._settings.setValue("appearance", appearance.value)

    def restore(self, window: QMainWindow, splitter: QSplitter) -> None:
        """Give the window the size, place and panes it had."""
        geometry, panes = self._settings.value("geometry"), self._settings.value("panes")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        if isinstance(panes, QByteArray):
            splitter.restoreState(panes)

    def save(self, window: QMainWindow, splitter: QSplitter) -> None:
        """Keep the size, place and panes of the window."""
        self._settings.setValue("geometry", window.saveGeometry())
        self._settings.setValue("panes", splitter.saveState())
        self._settings.sync()
