"""A conversation becomes a PDF that says the same."""

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication

from app.ui.printing import print_pdf

PAGE = (
    "<html><body><h1>The lease</h1><p>“The lodger pays – in Łódź, 東京.” &lt;b&gt;</p>"
    + "<blockquote>Rent is due on the first day.</blockquote>" * 200
    + f"<p>{'f' * 64}</p></body></html>"
)


def words_of(data: bytes) -> list[str]:
    """Return the words of each page of a PDF."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    return [document.getAllText(number).text() for number in range(document.pageCount())]


def test_the_text_of_a_page_is_in_the_pdf_on_as_many_pages_as_it_takes(qapp: QApplication) -> None:
    assert qapp
    pages = words_of(print_pdf(PAGE))
    assert len(pages) > 2
    assert "The lease" in pages[0]
    assert "pays – in Łódź" in pages[0]
    assert "<b>" in pages[0]
    assert "".join(pages).count("Rent is due") == 200
    assert "f" * 64 in pages[-1].replace("\r\n", "")


def test_the_command_line_prints_without_a_screen(tmp_path: Path) -> None:
    settings = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    program = (
        "import sys; from pathlib import Path; from app.__main__ import _print_pdf;"
        "Path(sys.argv[1]).write_bytes(_print_pdf('<h1>The lease</h1>'))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "a.pdf")], env=settings, check=True)
    assert "The lease" in words_of((tmp_path / "a.pdf").read_bytes())[0]
