"""Makes a PDF of a page of HTML."""

import os
import sys

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QFont, QGuiApplication, QPageSize, QPdfWriter, QTextDocument

from app import __version__

_DOTS_AN_INCH = 150
_MARGIN = 18.0  # mm
_SIZE = 10  # points


def print_pdf(html: str) -> bytes:
    """Return a page of HTML as a PDF, on A4. Needs a running `QGuiApplication`; any thread may call it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setCreator(f"Lectern {__version__}")
    writer.setResolution(_DOTS_AN_INCH)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN))
    document = QTextDocument()
    document.setDefaultFont(QFont(QFont().family(), _SIZE))
    document.setHtml(html)
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)
    buffer.close()
    return bytes(buffer.data().data())


def print_pdf_without_window(html: str) -> bytes:
    """Return a page of HTML as a PDF, in a program that has no window and need have no screen."""
    if sys.platform == "linux":
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    made = print_pdf(html)
    del application
    return made
