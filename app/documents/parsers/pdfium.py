"""A PDF as PDFium sees it: text, boxes, sizes, outline.

The text of a page agrees with PDFium's own index of characters, one for one, so that the window, which shows the page
by the same library, finds the exact place of a quote by its start and end.

The C functions are called by the bindings that come with pypdfium2, and not by its classes: those take twice as long
to import, and the objects they make for every page and text cost a good part of the time of reading it.
"""

import ctypes
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pypdfium2_raw as pdfium

from app.documents.cleaning import clean_in_place
from app.documents.faults import Reason, Refused
from app.domain.documents import Box

HYPHEN = "\ufffe"
"""Stands for a hyphen at the end of a line together with the line end behind it, as PDFium gives it."""

# How `FPDFText_GetUnicode` gives that hyphen, and a sign of unknown meaning.
_SPECIAL = {2: HYPHEN, 0: "\ufffd", 0xFFFE: "\ufffd"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_FILLER = "\u2060"  # takes a place and shows nothing, and word pieces ignore it
_PASSWORD_ERRORS = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_MOST_OUTLINE_ENTRIES, _DEEPEST_OUTLINE = 2_000, 9
_TITLE_BYTES = 4_096
_FOUR_DOUBLES = struct.Struct("4d")


_Sides = tuple[float, float, float, float]
"""Left, top, right, bottom on the page, y upwards, in points."""


class PdfiumFailed(Exception):
    """PDFium cannot make sense of the file; another reader may."""


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A heading in the outline ("bookmarks"): ``page`` is 1-based, ``level`` 1 the outermost."""

    page: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class _OpenPage:
    """Handles of PDFium, and the rectangle that is shown, in the page's own coordinates (y upwards), in points."""

    page: "ctypes._Pointer[ctypes.Structure]"
    text: "ctypes._Pointer[ctypes.Structure]"
    left: float
    bottom: float
    right: float
    top: float
    rotation: int  # clockwise, in quarters

    @property
    def size(self) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation % 2 else (width, height)

    def place(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Turn a rectangle on the page into one on what is shown, y downwards."""
        match self.rotation:
            case 1:
                sides = bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
            case 2:
                sides = self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
            case 3:
                sides = self.top - top, self.right - right, self.top - bottom, self.right - left
            case _:
                sides = left - self.left, self.top - top, right - self.left, self.top - bottom
        return Box(*[round(100 * side) / 100 for side in sides])


class PdfFile:
    """An open PDF. Pages stay open until `release`, since their text and boxes are asked for at different times."""

    def __init__(self, data: bytes) -> None:
        """Open a PDF from its bytes; one locked with an empty password opens too.

        Raises:
            Refused: ``encrypted``.
            PdfiumFailed: it is damaged.
        """
        _start_library()
        self._data = data  # PDFium reads from it as long as the document is open
        self._document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
        if not self._document:
            error = pdfium.FPDF_GetLastError()
            if error in _PASSWORD_ERRORS:
                raise Refused(Reason.ENCRYPTED)
            raise PdfiumFailed(f"PDFium: error {error}")
        self.page_count: int = pdfium.FPDF_GetPageCount(self._document)
        self._open: dict[int, _OpenPage] = {}
        self._buffer = (ctypes.c_ushort * 16_384)()
        self._sides = (ctypes.c_double * 4)()
        size = ctypes.sizeof(ctypes.c_double)
        self._side_pointers = tuple(
            ctypes.cast(ctypes.byref(self._sides, at * size), ctypes.POINTER(ctypes.c_double)) for at in range(4)
        )

    def text(self, number: int) -> str:
        """Return the text of a page, 1-based: a character for each of PDFium's, the line feed as only line end.

        A hyphen that breaks a word at a line end is `HYPHEN`, a control character a space, a sign of unknown meaning
        U+FFFD. A character beyond U+FFFF has two places in PDFium's index: here a word joiner takes the second.

        Raises:
            PdfiumFailed: the page is damaged.
        """
        handle = self._page(number).text
        count = pdfium.FPDFText_CountChars(handle)
        if count <= 0:
            return ""
        # The call may write more than one unit for a character, and ends with a null.
        if len(self._buffer) < 2 * count + 2:
            self._buffer = (ctypes.c_ushort * (4 * count))()
        written = pdfium.FPDFText_GetText(handle, 0, count, self._buffer) - 1
        text = memoryview(self._buffer)[: max(written, 0)].tobytes().decode("utf-16-le", "replace")
        if len(text) != count:
            text = _characters(handle, count)
        elif HYPHEN in text:
            text = "".join(_character(handle, index) if sign == HYPHEN else sign for index, sign in enumerate(text))
        return clean_in_place(text)

    def size(self, number: int) -> tuple[float, float]:
        """Return width and height of a page as it is shown, in points."""
        return self._page(number).size

    def boxes(self, number: int, start: int, end: int) -> tuple[Box, ...]:
        """Return the boxes of characters ``start`` to ``end`` of a page, one for each line or part of one."""
        page = self._page(number)
        get_rectangle, pointers = pdfium.FPDFText_GetRect, self._side_pointers
        lines: list[_Sides] = []
        right = lowest = highest = 0.0
        for index in range(pdfium.FPDFText_CountRects(page.text, start, end - start)):
            if not get_rectangle(page.text, index, *pointers):
                continue
            sides = _FOUR_DOUBLES.unpack_from(self._sides)
            left, top, _, bottom = sides
            # PDFium ends a rectangle wherever the font changes: those side by side are one line.
            height = min(highest - lowest, top - bottom)
            beside = lines and -1.0 <= left - right <= 2 * max(height, 1.0)
            if beside and min(highest, top) - max(lowest, bottom) >= 0.5 * height:
                sides = (lines[-1][0], max(highest, top), sides[2], min(lowest, bottom))
                lines[-1] = sides
            else:
                lines.append(sides)
            _, highest, right, lowest = sides
        return tuple(page.place(*sides) for sides in lines)

    def metadata(self, name: str) -> str:
        """Return an entry of the document's information dictionary, such as ``Title``; empty where there is none."""
        return self._string(pdfium.FPDF_GetMetaText, self._document, name.encode("ascii"))

    def outline(self) -> Iterator[OutlineEntry]:
        """Yield the entries of the outline that lead to a page, in its order."""
        waiting = [(pdfium.FPDFBookmark_GetFirstChild(self._document, None), 1)]
        seen: set[int] = set()  # a damaged outline may lead back into itself
        while waiting and len(seen) < _MOST_OUTLINE_ENTRIES:
            mark, level = waiting.pop()
            address = ctypes.cast(mark, ctypes.c_void_p).value
            if address is None or address in seen or level > _DEEPEST_OUTLINE:
                continue
            seen.add(address)
            waiting.append((pdfium.FPDFBookmark_GetNextSibling(self._document, mark), level))
            waiting.append((pdfium.FPDFBookmark_GetFirstChild(self._document, mark), level + 1))
            target = pdfium.FPDFBookmark_GetDest(self._document, mark)
            page = pdfium.FPDFDest_GetDestPageIndex(self._document, target) + 1 if target else 0
            if 1 <= page <= self.page_count:
                yield OutlineEntry(page, level, self._string(pdfium.FPDFBookmark_GetTitle, mark))

    def release(self, before: int) -> None:
        """Close the pages before a number. One that is asked for again is opened again."""
        for number in [number for number in self._open if number < before]:
            page = self._open.pop(number)
            pdfium.FPDFText_ClosePage(page.text)
            pdfium.FPDF_ClosePage(page.page)

    def close(self) -> None:
        """Close the document and its pages."""
        self.release(self.page_count + 1)
        pdfium.FPDF_CloseDocument(self._document)

    def _page(self, number: int) -> _OpenPage:
        if number not in self._open:
            page = pdfium.FPDF_LoadPage(self._document, number - 1)
            if not page:
                raise PdfiumFailed(f"PDFium: page {number}, error {pdfium.FPDF_GetLastError()}")
            text = pdfium.FPDFText_LoadPage(page)
            if not text:
                pdfium.FPDF_ClosePage(page)
                raise PdfiumFailed(f"PDFium: text of page {number}")
            shown = pdfium.FS_RECTF()
            pdfium.FPDF_GetPageBoundingBox(page, shown)
            rotation = pdfium.FPDFPage_GetRotation(page) % 4
            self._open[number] = _OpenPage(page, text, shown.left, shown.bottom, shown.right, shown.top, rotation)
        return self._open[number]

    def _string(self, function: "ctypes._NamedFuncPointer", *arguments: object) -> str:
        buffer = ctypes.create_string_buffer(_TITLE_BYTES)
        length = min(function(*arguments, buffer, _TITLE_BYTES), _TITLE_BYTES)
        return buffer.raw[: max(length - 2, 0)].decode("utf-16-le", "ignore")


@cache
def _start_library() -> None:
    pdfium.FPDF_InitLibrary()


def _characters(handle: object, count: int) -> str:
    """Read a text one by one: what `FPDFText_GetText` leaves out or joins has an index of its own too."""
    units = "".join(_character(handle, index) for index in range(count))
    return _PAIR.sub(lambda pair: _joined(pair[0]) + _FILLER, units)


def _character(handle: object, index: int) -> str:
    code = pdfium.FPDFText_GetUnicode(handle, index)
    return _SPECIAL.get(code) or chr(code)


def _joined(pair: str) -> str:
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
