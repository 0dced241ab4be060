"""Which parser reads which file: by the ending of its name, then by its first bytes."""

import re
from enum import StrEnum
from pathlib import PurePath

from app.documents.decoding import unmarked_utf16
from app.documents.faults import Reason, Refused
from app.documents.limits import Limits


class Format(StrEnum):
    """What Lectern reads."""

    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"


_ENDINGS = {
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".txt": Format.TEXT,
    ".text": Format.TEXT,
}
_WITH_ENDING = re.compile(rf"\w(?:{'|'.join(map(re.escape, _ENDINGS))})\b", re.IGNORECASE)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Readers find a PDF behind up to so many bytes of something else (ISO 32000-1, annex H.3.4.1).
_PDF_HEADER_WITHIN = 1024
# How text is told from anything else: a share of control characters that no text has.
_SAMPLE = 65_536
_CONTROL_SHARE = 0.02
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def supported(path: PurePath) -> bool:
    """Whether a file of this name is worth opening. Looks at the name alone."""
    return path.suffix.lower() in _ENDINGS


def names_file(text: str) -> bool:
    """Say whether the ending of a file that Lectern reads stands in a text."""
    return bool(_WITH_ENDING.search(text))


def named(path: PurePath) -> Format:
    """Return the format that the name of a file promises.

    Raises:
        Refused: ``unsupported``.
    """
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise Refused(Reason.UNSUPPORTED, f"The ending is “{ending}”." if ending else "The name has no ending.")
    return _ENDINGS[ending]


def called(name: str) -> Format | None:
    """Return the format that goes by a name, or by an ending of files with or without its dot; None = there is none."""
    name = name.lower()
    return Format(name) if name in list(Format) else _ENDINGS.get(f".{name.lstrip('.')}")


def largest(promised: Format, limits: Limits) -> int:
    """Return how many bytes a file of a format may have."""
    return {Format.PDF: limits.pdf_bytes, Format.DOCX: limits.docx_bytes}.get(promised, limits.text_bytes)


def recognise(promised: Format, data: bytes) -> Format:
    """Return the format that the bytes really have: PDF and DOCX are taken for what they are, whatever the name says.

    Raises:
        Refused: ``encrypted``, ``damaged`` or ``binary``.
    """
    if promised not in (Format.PDF, Format.DOCX):
        if what := _not_text(data):
            raise Refused(Reason.BINARY, what)
        return promised
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        return Format.PDF
    if data.startswith(_ZIP):
        return Format.DOCX
    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused(Reason.ENCRYPTED)
    if data.startswith(_OLE):
        raise Refused(Reason.UNSUPPORTED, "It is a document of Word 97 to 2003: save it as DOCX.")
    raise Refused(Reason.DAMAGED, f"Its first bytes are not those of {promised.upper()}.")


def _not_text(data: bytes) -> str:
    """Say what the bytes are when they are no text; empty when they are."""
    if data.startswith(b"%PDF-"):
        return "It is a PDF: give it the ending “.pdf”."
    if data.startswith(_ZIP):
        return "It is a zip archive, as DOCX files are."
    if data.startswith(_UNICODE_MARKS) or unmarked_utf16(data):
        return ""
    if b"\0" in data:
        return "It holds null bytes."
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return "It holds control characters." if controls > _CONTROL_SHARE * len(sample) else ""
