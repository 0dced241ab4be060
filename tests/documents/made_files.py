"""Small real files of every format, made from scratch."""

import zipfile
from collections.abc import Sequence
from io import BytesIO

from docx import Document
from pypdf import PdfReader, PdfWriter

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pdf(
    pages: Sequence[Sequence[str]],
    *,
    title: str = "",
    outline: Sequence[tuple[str, int]] = (),
    page_entries: str = "",
    font: bytes = HELVETICA,
    extra: Sequence[bytes] = (),
) -> bytes:
    """Return a PDF with a line of text for each string of a page, in Helvetica 12, from the top left corner down.

    ``outline`` has a title and a 1-based page for each entry; objects of ``extra`` come last, and the font may refer to
    them by their numbers, which begin at 6.
    """
    count = len(pages)
    first_page = 6 + len(extra)
    first_entry = first_page + 2 * count
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(count))
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        3: b"<< /Title (" + title.encode("cp1252") + b") >>",
        4: f"<< /Type /Outlines /Count {len(outline)}".encode()
        + (f" /First {first_entry} 0 R /Last {first_entry + len(outline) - 1} 0 R >>" if outline else " >>").encode(),
        5: font,
    }
    objects |= dict(enumerate(extra, start=6))
    for number, lines in enumerate(pages):
        at = first_page + 2 * number
        content = _content(lines)
        objects[at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {at + 1} 0 R {page_entries}"
            " /Resources << /Font << /F1 5 0 R >> >> >>"
        ).encode()
        objects[at + 1] = stream(content)
    for number, (text, page) in enumerate(outline):
        at = first_entry + number
        following = f" /Next {at + 1} 0 R" if number + 1 < len(outline) else ""
        place = f"[{first_page + 2 * (page - 1)} 0 R /Fit]"
        objects[at] = f"<< /Title ({text}) /Parent 4 0 R /Dest {place}{following} >>".encode()
    return assembled(objects)


def stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def assembled(objects: dict[int, bytes]) -> bytes:
    """Return a PDF of numbered objects: 1 is the catalogue, 3 the document information."""
    out = b"%PDF-1.7\n"
    places = []
    for number in sorted(objects):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(out))
    )


def _content(lines: Sequence[str]) -> bytes:
    shown = []
    for line in lines:
        escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        shown.append(b"(" + escaped.encode("cp1252") + b") Tj 0 -14 Td")
    return b"BT /F1 12 Tf 72 700 Td " + b" ".join(shown) + b" ET" if lines else b""


def encrypted_pdf(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")  # noqa: S106 - the password of a made file
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(paragraphs: Sequence[tuple[str, int]] = (), *, rows: Sequence[Sequence[str]] = (), title: str = "") -> bytes:
    """Return a DOCX with paragraphs (text, heading level or 0) and then a table."""
    document = Document()
    document.core_properties.title = title
    for text, level in paragraphs:
        if level:
            document.add_heading(text, level)
        else:
            document.add_paragraph(text)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for cells, row in zip(rows, table.rows, strict=True):
            for text, cell in zip(cells, row.cells, strict=True):
                cell.text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def docx_with(parts: dict[str, bytes], *, base: bytes | None = None) -> bytes:
    """Return a DOCX in which some parts are replaced or added."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(base or docx([("Text.", 0)]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def docx_bomb(megabytes: int = 1024) -> bytes:
    """Return a DOCX of about a thousandth of the size its main part unpacks to."""
    out = BytesIO()
    block = b" " * (1 << 20)
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        part.write(b"<w:document>")
        for _ in range(megabytes):
            part.write(block)
        part.write(b"</w:document>")
    return out.getvalue()


def entity_bomb_docx() -> bytes:
    """Return a DOCX whose entities, each ten times the one before, would expand to ten thousand million characters."""
    entities = b'<!ENTITY l0 "lol">' + b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 11)
    )
    space = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return docx_with({
        "word/document.xml": b'<?xml version="1.0"?><!DOCTYPE bomb [' + entities + b']><w:document xmlns:w="' + space
        + b'"><w:body><w:p><w:r><w:t>&l10;</w:t></w:r></w:p></w:body></w:document>'
    })  # fmt: skip
