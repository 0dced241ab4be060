"""PDF: text by PDFium's own index, boxes, sizes, titles, outline, and what cannot be read."""

import ctypes
from pathlib import Path, PurePath

import made_files
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from app.documents.faults import Reason, Refused
from app.documents.limits import Limits
from app.documents.parsers.pdfium import PdfFile
from app.documents.parsing import parse
from app.domain.documents import ParsedDocument, Span

_STANDARD = Limits()
_LINES = ["The quick brown fox (a vixen) jumps over the lazy dog.", "It rests. Then it jumps again."]


def _parsed(data: bytes, name: str = "paper.pdf", limits: Limits = _STANDARD) -> ParsedDocument:
    return parse(data, PurePath(name), limits)


def _refused(data: bytes, limits: Limits = _STANDARD) -> Refused:
    with pytest.raises(Refused) as caught:
        _parsed(data, limits=limits)
    return caught.value


def _texts_in_boxes(data: bytes, span: Span) -> list[str]:
    """What PDFium itself finds in each box, asked by the other way: from places to text."""
    page = pypdfium2.PdfDocument(data)[span.page - 1]
    width, height = page.get_size()
    found = []
    for box in span.boxes:
        corners = []
        for x, y in ((box.left, box.top), (box.right, box.bottom)):
            place_x, place_y = ctypes.c_double(), ctypes.c_double()
            scale = 100  # the call takes whole numbers
            size = (round(width * scale), round(height * scale))
            pdfium.FPDF_DeviceToPage(page, 0, 0, *size, 0, round(x * scale), round(y * scale), place_x, place_y)
            corners.append((place_x.value, place_y.value))
        (left, top), (right, bottom) = corners
        sides = (min(left, right) - 0.3, min(top, bottom) - 0.3, max(left, right) + 0.3, max(top, bottom) + 0.3)
        found.append(page.get_textpage().get_text_bounded(*sides).strip())
    return found


def test_text_size_title_and_boxes_of_a_page() -> None:
    data = made_files.pdf([_LINES, ["Second page."]], title="The Fox")
    document = _parsed(data)
    assert document.format == "pdf"
    assert document.title == "The Fox"
    assert [page.text.split("\n") for page in document.pages] == [[f"{_LINES[0]} ", _LINES[1]], ["Second page."]]
    assert {(page.width, page.height) for page in document.pages} == {(612.0, 792.0)}
    (chunk,) = document.chunks
    assert [span.page for span in chunk.spans] == [1, 2]
    assert _texts_in_boxes(data, chunk.spans[0]) == _LINES
    first = chunk.spans[0].boxes[0]
    assert 71 < first.left < 74
    assert 80 < first.top < 95  # a line of 12 points whose foot is 700 points above the bottom of 792
    assert 8 < first.bottom - first.top < 16


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("crop", ["", "/CropBox [50 80 500 750]"])
def test_boxes_stand_where_the_page_shows_them(quarters: int, crop: str) -> None:
    data = made_files.pdf([_LINES], page_entries=f"/Rotate {90 * quarters} {crop}")
    document = _parsed(data)
    (span,) = document.chunks[0].spans
    # On a page turned by 90 or 270 degrees a line's boxes are not joined, as they do not stand side by side.
    found = " ".join(_texts_in_boxes(data, span)).split()
    assert found == document.pages[0].text.split()
    assert sorted(found) == sorted(" ".join(_LINES).split())
    page = document.pages[0]
    assert all(
        0 <= box.left < box.right <= page.width and 0 <= box.top < box.bottom <= page.height for box in span.boxes
    )
    assert (page.width > page.height) == (quarters % 2 == 1)


def test_a_part_of_a_line_has_a_box_of_its_own() -> None:
    data = made_files.pdf([_LINES])
    file = PdfFile(data)
    start = file.text(1).index("brown")
    (box,) = file.boxes(1, start, start + 5)
    assert _texts_in_boxes(data, Span(1, start, start + 5, (box,))) == ["brown"]


def _check_index(data: bytes) -> int:
    """Compare every character with the one that PDFium has under the same index; return how many there are."""
    file = PdfFile(data)
    document = pypdfium2.PdfDocument(data)
    total = 0
    for number in range(1, file.page_count + 1):
        text = file.text(number)
        page = document[number - 1].get_textpage()
        assert len(text) == page.count_chars()
        for index, character in enumerate(text):
            code = pdfium.FPDFText_GetUnicode(page, index)
            shown = {2: "\ufffe", 0: "\ufffd", 13: " ", 160: " "}.get(code, chr(code))
            assert character == shown or (code < 32 and character == " ") or 0xD800 <= code < 0xE000
        total += len(text)
    return total


def test_the_text_of_real_contracts_agrees_with_pdfiums_index(evaluation: Path) -> None:
    files = sorted((evaluation / "cuad" / "pdfs").glob("*.pdf"))[:6]
    assert sum(_check_index(file.read_bytes()) for file in files) > 50_000


# A is a letter in two UTF-16 units, B a ligature, C has no meaning, D is a control character.
_ODD_CODES = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Odd def /CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange
4 beginbfchar <41> <D835DC00> <42> <00660069> <43> <0000> <44> <0003> endbfchar endcmap end end"""


@pytest.mark.parametrize("odd", ["A", "B", "C", "D", "AABBCCDD", "xAyBzCwD", "A-"])
def test_odd_characters_do_not_shift_the_index(odd: str) -> None:
    font = made_files.HELVETICA.replace(b">>", b"/ToUnicode 6 0 R >>")
    data = made_files.pdf([[f"{odd} end agree-", "ment. Next."]], font=font, extra=[made_files.stream(_ODD_CODES)])
    _check_index(data)
    file = PdfFile(data)
    text = file.text(1)
    assert text.count("\U0001d400") == odd.count("A")
    assert text.count("\ufffd") == odd.count("C")
    text.encode()  # can be stored
    for word in ("end", "Next"):
        start = text.index(word)
        boxes = file.boxes(1, start, start + len(word))
        assert _texts_in_boxes(data, Span(1, start, start + len(word), boxes)) == [word]


def test_a_hyphen_at_a_line_end_is_soft_only_where_the_whole_word_is_known() -> None:
    data = made_files.pdf([["They made an agree-", "ment for the long-", "term. The agreement holds."]])
    (page,) = _parsed(data).pages
    assert "agree\u00adment" in page.text
    assert "long-term" in page.text


def test_the_outline_gives_headings() -> None:
    body = ["Cats sleep most of the day and of the night, as everybody knows who has one.", "They wake to eat."] * 6
    data = made_files.pdf([["On cats", *body], ["and food", *body]], outline=[("On cats", 1), ("and  food", 2)])
    headings = {chunk.heading for chunk in _parsed(data).chunks}
    assert headings == {"On cats", "and food"}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Annual Report", "Annual Report"),
        ("Microsoft Word - draft7.doc", "paper"),
        ("report_final.docx", "paper"),
        ("", "paper"),
    ],
)
def test_a_title_must_say_something(title: str, expected: str) -> None:
    assert _parsed(made_files.pdf([["just a line of text without a heading."]], title=title)).title == expected


def test_the_first_heading_is_the_title_where_there_is_no_other() -> None:
    data = made_files.pdf([["EXHIBIT 10.1", "SUPPLY AGREEMENT", *_LINES]])
    assert _parsed(data).title == "SUPPLY AGREEMENT"


def test_a_password_is_refused_and_an_empty_one_opens() -> None:
    data = made_files.pdf([_LINES])
    assert _refused(made_files.encrypted_pdf(data, "secret")).reason is Reason.ENCRYPTED
    assert "quick brown fox" in _parsed(made_files.encrypted_pdf(data, "")).pages[0].text


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.97])
def test_a_truncated_file_is_damaged(share: float) -> None:
    data = made_files.pdf([_LINES] * 20)
    assert _refused(data[: int(len(data) * share)]).reason is Reason.DAMAGED


def test_real_contracts_cut_short_are_damaged(evaluation: Path) -> None:
    for file in sorted((evaluation / "cuad" / "pdfs").glob("*.pdf")):
        data = file.read_bytes()
        for share in (0.3, 0.995):
            assert _refused(data[: int(len(data) * share)]).reason is Reason.DAMAGED


def test_pages_without_text_are_named_as_such() -> None:
    assert _refused(made_files.pdf([[], []])).reason is Reason.NO_TEXT


def test_some_pages_without_text_do_no_harm() -> None:
    document = _parsed(made_files.pdf([[], _LINES, []]))
    assert [bool(page.text.strip()) for page in document.pages] == [False, True, False]
    assert {span.page for chunk in document.chunks for span in chunk.spans} == {2}


@pytest.mark.parametrize(("good", "bad"), [(b"/Root 1 0 R", b"           "), (b"\n6 0 obj", b"\n9 0 obj")])
def test_the_second_reader_reads_what_pdfium_cannot(good: bytes, bad: bytes) -> None:
    document = _parsed(made_files.pdf([_LINES], title="The Fox").replace(good, bad))
    assert document.metadata["reader"] == "pypdf"
    assert "quick brown fox" in document.pages[0].text
    assert (document.pages[0].width, document.pages[0].height) == (612.0, 792.0)


def test_what_no_reader_reads_is_damaged() -> None:
    assert _refused(b"%PDF-1.7\n" + b"nothing of use\n" * 30 + b"startxref\n0\n%%EOF").reason is Reason.DAMAGED


def test_too_many_pages_are_refused() -> None:
    assert _refused(made_files.pdf([_LINES] * 5), Limits(pages=4)).reason is Reason.TOO_LARGE


def test_a_long_document_keeps_few_pages_open_and_loses_nothing() -> None:
    pages = [[f"Page {number} says {word} and"] for number, word in enumerate(["alpha", "beta", "gamma"] * 50, start=1)]
    document = _parsed(made_files.pdf(pages))
    assert len(document.pages) == 150
    assert all(span.boxes for chunk in document.chunks for span in chunk.spans)
    spans = [(span.page, span.start, span.end) for chunk in document.chunks for span in chunk.spans]
    assert [page for page, _, _ in spans] == sorted(page for page, _, _ in spans)
    assert {page for page, _, _ in spans} == set(range(1, 151))
