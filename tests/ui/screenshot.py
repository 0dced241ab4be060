"""Make resources/screenshot.png anew: the real window with real services and the papers of an invented hospital.

python tests/ui/screenshot.py [--dark] [--documents DIR] [--output FILE]

``DIR`` is where the papers are written for the occasion; its name and place show in the picture.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.security import switches

switches.apply()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The picture is looked at on screens of any density.
os.environ.setdefault("QT_SCALE_FACTOR", "1.5")

import numpy as np  # noqa: E402 - see below
import paperwork  # noqa: E402 - the platform must be chosen before Qt is imported
from PySide6.QtCore import Qt  # noqa: E402 - see above
from PySide6.QtGui import QImage  # noqa: E402 - see above
from PySide6.QtWidgets import QApplication  # noqa: E402 - see above

from app.bootstrap import open_services  # noqa: E402 - see above
from app.ui.desk import Desk  # noqa: E402 - see above
from app.ui.library_presenter import WorkState  # noqa: E402 - see above
from app.ui.theme import Appearance, Theme  # noqa: E402 - see above

QUESTION = "How often are the emergency generators tested?"
SIZE = (1280, 800)
OUTPUT = Path(__file__).parents[2] / "resources" / "screenshot.png"


def main() -> int:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--documents", type=Path)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = options.documents or Path(place, "St Brannoc's Hospital")
        try:
            paperwork.write(folder)
            picture = taken(application, folder, Path(place, "library"), dark=options.dark)
        finally:
            shutil.rmtree(folder)
    picture.save(str(options.output))
    sys.stdout.write(f"{options.output}: {options.output.stat().st_size / 1000:.0f} kB\n")
    return 0


def taken(application: QApplication, folder: Path, library: Path, *, dark: bool) -> QImage:
    """Take the papers in, ask, open the first quote, and return what the window looks like."""

    def until(reached: Callable[[], bool]) -> None:
        while not reached():
            application.processEvents()
            time.sleep(0.01)

    desk = Desk(library, partial(open_services, models=library / "models"), Theme(application), library / "log")
    window = desk.window
    desk._choose(Appearance.DARK if dark else Appearance.LIGHT)
    window.resize(*SIZE)
    window.show()
    desk.open()
    desk.library.add([folder])
    listing = desk.library
    until(lambda: bool(listing.listing.entries) and listing.state is WorkState.IDLE and listing.waiting == 0)
    window.conversation.question.asked.emit(QUESTION)
    until(lambda: bool(desk.answers.turns) and not desk.answers.busy)
    shown: list[bool] = []
    window.source.shown.connect(lambda: shown.append(True))
    window.conversation.citation_opened.emit(desk.answers.turns[0].quotes[0].marks[0].citation)
    until(lambda: bool(shown))
    settled = time.monotonic() + 2
    until(lambda: time.monotonic() > settled)
    picture = in_few_colours(window.grab().toImage())
    ended: list[bool] = []
    desk.ended.connect(ended.append)
    window.close()
    until(lambda: bool(ended))
    return picture


def in_few_colours(image: QImage) -> QImage:
    """Return the picture in its 256 commonest colours, a third of the size; Qt's own palette would change them."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(plain.constBits(), dtype=np.uint32)
    colours, counts = np.unique(pixels, return_counts=True)
    commonest = colours[np.argsort(counts)[::-1][:256]]
    return plain.convertToFormat(
        QImage.Format.Format_Indexed8, [int(colour) for colour in commonest], Qt.ImageConversionFlag.AvoidDither
    )


if __name__ == "__main__":
    sys.exit(main())
