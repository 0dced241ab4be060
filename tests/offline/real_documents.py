"""A folder of real files, one of every format that is read, made anew for each run."""

import ctypes
from html import escape
from pathlib import Path

import docx
import pypdfium2
import pypdfium2.raw as pdfium

QUESTION = "When does the lease of the warehouse in Harbour Street end?"
ANSWER = "30 September 2027"
_FACTS = (
    f"The lease of the warehouse in Harbour Street ends on {ANSWER}.",
    "The roof of the chapel was mended by Alder and Sons for 14,250 pounds.",
    "Members of the rowing club pay their dues in the first week of March.",
    "The boiler in the east wing must be inspected every eighteen months.",
    "Ms Okafor keeps the only key to the map room.",
)
_FILLER = (
    "The minutes of the last meeting were read and agreed. Nobody raised a question about the accounts. "
    "The secretary will write to the council before the end of the month. "
)


def write_documents(folder: Path) -> int:
    """Write the files below ``folder`` and return how many there are."""
    (folder / "letters").mkdir(parents=True)
    for number, fact in enumerate(_FACTS, start=1):
        paragraphs = [_FILLER, fact, _FILLER * 2]
        _write_pdf(folder / f"report {number}.pdf", paragraphs)
        _write_docx(folder / f"minutes {number}.docx", paragraphs)
        text = "\n\n".join(paragraphs)
        (folder / "letters" / f"letter {number}.txt").write_text(f"Letter {number}\n\n{text}\n", encoding="utf-8")
        (folder / "letters" / f"notes {number}.md").write_text(f"# Notes {number}\n\n{text}\n", encoding="utf-8")
        body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        # A page that asks for things from elsewhere, which nobody may fetch.
        remote = "<link rel=stylesheet href=https://leak.example/a.css><img src=https://leak.example/a.png>"
        page = f"<!doctype html><title>Page {number}</title>{remote}<h1>Page {number}</h1>{body}"
        (folder / f"page {number}.html").write_text(page, encoding="utf-8")
    return 5 * len(_FACTS)


def _write_docx(path: Path, paragraphs: list[str]) -> None:
    document = docx.Document()
    document.add_heading(path.stem, level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))


def _write_pdf(path: Path, paragraphs: list[str]) -> None:
    """Write a page with one sentence a line."""
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(595, 842)
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph.strip().split(". ")]
    for line, sentence in enumerate(sentences):
        text = pdfium.FPDFPageObj_NewTextObj(document, b"Helvetica", ctypes.c_float(11))
        encoded = ctypes.create_string_buffer(f"{sentence.rstrip('.')}.\0".encode("utf-16-le"))
        pdfium.FPDFText_SetText(text, ctypes.cast(encoded, pdfium.FPDF_WIDESTRING))
        pdfium.FPDFPageObj_Transform(text, 1, 0, 0, 1, 72, 770 - 16 * line)
        pdfium.FPDFPage_InsertObject(page, text)
    pdfium.FPDFPage_GenerateContent(page)
    document.save(path)
    document.close()
