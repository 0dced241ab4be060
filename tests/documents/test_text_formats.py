"""DOCX, HTML, Markdown and plain text: what a reader sees, in sections, and what is refused."""

from pathlib import PurePath

import made_files
import pytest

from app.documents.faults import Reason, Refused
from app.documents.limits import Limits
from app.documents.parsing import parse
from app.documents.sections import PAGE_CHARACTERS
from app.domain.documents import ParsedDocument

_STANDARD = Limits()
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _parsed(data: bytes | str, name: str, limits: Limits = _STANDARD) -> ParsedDocument:
    return parse(data.encode() if isinstance(data, str) else data, PurePath(name), limits)


def _refused(data: bytes, name: str, limits: Limits = _STANDARD) -> Refused:
    with pytest.raises(Refused) as caught:
        _parsed(data, name, limits)
    return caught.value


def _lines(document: ParsedDocument) -> list[str]:
    return [line for page in document.pages for line in page.text.split("\n")]


# DOCX


def test_docx_headings_make_pages_and_tables_rows() -> None:
    data = made_files.docx(
        [("Report", 1), ("All is well.", 0), ("Details", 2), ("One thing is not.", 0)],
        rows=[["Name", "Sum"], ["Ada", ""], ["", "5"]],
        title="Yearly report",
    )
    document = _parsed(data, "a.docx")
    assert document.title == "Yearly report"
    assert [(page.heading, page.text) for page in document.pages] == [
        ("Report", "Report\nAll is well."),
        ("Details", "Details\nOne thing is not.\nName | Sum\nAda\n5"),
    ]
    assert document.metadata["author"] == "python-docx"


def _docx_body(body: str, **parts: str) -> bytes:
    def xml(root: str, content: str) -> bytes:
        return f'<?xml version="1.0"?><w:{root} xmlns:w="{_W}">{content}</w:{root}>'.encode()

    files = {"word/document.xml": xml("document", f"<w:body>{body}</w:body>")}
    files |= {f"word/{name}.xml": xml(name, content) for name, content in parts.items()}
    return made_files.docx_with(files)


def _run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_docx_shows_insertions_content_controls_and_text_boxes_but_no_deletions_or_hidden_words() -> None:
    body = (
        f"<w:p>{_run('Kept ')}<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins>{_run('added')}</w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:tab/><w:t>tab</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{_run('In a control.')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p>{_run('Around ')}<w:r><w:txbxContent><w:p>{_run('In a box.')}</w:p></w:txbxContent></w:r>"
        f"{_run('it.')}</w:p>"
        f"<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:noBreakHyphen/><w:t>three</w:t></w:r></w:p>"
    )
    lines = _lines(_parsed(_docx_body(body), "a.docx"))
    assert lines == ["Kept added\ttab", "In a control.", "In a box.", "Around it.", "one", "two-three"]


def test_docx_notes_stand_below_their_paragraph_and_headers_at_the_end() -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p>{_run('Sales rose')}{reference}{_run('.')}</w:p><w:p>{_run('Next.')}</w:p>"
    notes = f'<w:footnote w:type="separator" w:id="0"><w:p>{_run("----")}</w:p></w:footnote>'
    notes += f'<w:footnote w:id="2"><w:p>{_run("Without tax.")}</w:p></w:footnote>'
    data = _docx_body(body, footnotes=notes, header1=f"<w:p>{_run('Acme')}</w:p>", header2=f"<w:p>{_run('Acme')}</w:p>")
    assert _lines(_parsed(data, "a.docx")) == ["Sales rose.", "Without tax.", "Next.", "Acme"]


def test_docx_heading_styles_are_inherited_and_a_paragraph_may_set_its_level() -> None:
    styles = (
        '<w:style w:styleId="Base"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="Mine"><w:name w:val="House"/><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:styleId="Loop"><w:name w:val="x"/><w:basedOn w:val="Loop"/></w:style>'
    )
    body = (
        f'<w:p><w:pPr><w:pStyle w:val="Mine"/></w:pPr>{_run("By style")}</w:p><w:p>{_run("Text.")}</w:p>'
        f'<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr>{_run("By level")}</w:p>'
        f'<w:p><w:pPr><w:pStyle w:val="Loop"/></w:pPr>{_run("More.")}</w:p>'
    )
    document = _parsed(_docx_body(body, styles=styles), "a.docx")
    assert [page.heading for page in document.pages] == ["By style", "By level"]


def test_docx_strict_is_read_like_transitional() -> None:
    strict = _docx_body(f"<w:p>{_run('Strict.')}</w:p>")
    data = made_files.docx_with({
        "word/document.xml": f'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body><w:p>{_run("Strict.")}</w:p></w:body></w:document>'.encode()
    }, base=strict)  # fmt: skip
    assert _lines(_parsed(data, "a.docx")) == ["Strict."]


def test_docx_bombs_are_refused_before_they_unpack() -> None:
    assert _refused(made_files.docx_bomb(300), "a.docx").reason is Reason.BOMB
    assert _refused(made_files.entity_bomb_docx(), "a.docx").reason is Reason.BOMB
    assert _refused(made_files.docx(), "a.docx", Limits(entries=3)).reason is Reason.BOMB
    big = made_files.docx_with({"word/document.xml": b"<w:document>" + b"x" * 3_000_000 + b"</w:document>"})
    assert _refused(big, "a.docx", Limits(unpacked_bytes=1_000_000)).reason is Reason.TOO_LARGE


def test_an_entity_bomb_in_utf16_is_seen_too() -> None:
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE b [<!ENTITY a "b">]><b>&a;</b>'.encode("utf-16")
    assert _refused(made_files.docx_with({"word/document.xml": bomb}), "a.docx").reason is Reason.BOMB


def test_a_part_that_lies_about_its_size_is_not_unpacked_further() -> None:
    data = bytearray(made_files.docx_bomb(100))
    size = (100 * 1024 * 1024 + 27).to_bytes(4, "little")
    data = bytearray(bytes(data).replace(size, (1000).to_bytes(4, "little")))
    assert _refused(bytes(data), "a.docx").reason in (Reason.DAMAGED, Reason.BOMB)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made_files.docx([("Text.", 0)])[:2000], Reason.DAMAGED),
        (made_files.docx_with({"word/document.xml": b"<w:document"}), Reason.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), Reason.ENCRYPTED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, Reason.UNSUPPORTED),
        (b"just text", Reason.DAMAGED),
        (made_files.docx(), Reason.NO_TEXT),
    ],
)
def test_what_is_wrong_with_a_docx_is_named(data: bytes, reason: Reason) -> None:
    assert _refused(data, "a.docx").reason is reason


# HTML


def test_html_gives_what_is_seen() -> None:
    document = _parsed(
        """<html><head><title>The page</title><style>p {}</style><script>var x = "no";</script></head><body>
        <nav><a href=/>Home</a> <a href=/x>More</a></nav><div role=navigation>menu</div>
        <h1>First <em>part</em></h1><p>A  line
        with <b>bold</b><br>and a break.</p><!-- no -->
        <p hidden>no</p><p style="color:red; Display : none">no</p><div style="visibility:hidden">no</div>
        <p style="font-size: 0px">no</p><p style="color:red;opacity:0.0;">no</p>
        <ul><li>one<li>two <a href="x">link</a><ol><li>inner</ol></ul>
        <pre>  x = 1
  y = 2</pre><noscript>no</noscript><template>no</template><textarea>no</textarea><button>no</button>
        <h2>Second</h2>last&nbsp;words &amp; signs</body></html>""",
        "a.html",
    )
    assert document.title == "The page"
    assert [page.heading for page in document.pages] == ["First part", "Second"]
    assert _lines(document) == [
        "First part", "A line with bold", "and a break.", "- one", "- two link", "- inner", "  x = 1", "  y = 2",
        "Second", "last words & signs",
    ]  # fmt: skip


def test_titles_and_headings_are_what_is_seen_of_them() -> None:
    document = _parsed(
        "<title>The\u200b \u202epage\U000e0041</title><h1>First\u00ad\u2060 part</h1><p>Words.", "a.html"
    )
    assert (document.title, document.pages[0].heading) == ("The page", "First part")
    assert document.pages[0].text.startswith("First\u00ad\u2060 part")


def test_html_tables_of_values_are_rows_and_layout_tables_are_not() -> None:
    long = "Words that fill the page. " * 30
    document = _parsed(
        f"""<table><tr><th>Year<th>Sum</tr><tr><td><p>2020</p><td><div>1</div> <div>2</div></tr>
        <tr><td></td><td>5</td></tr></table>
        <table><tr><td>{long}<h3>Head</h3><p>Below.</p></td><td><table><tr><td>a<td>b</table></td></tr></table>""",
        "a.htm",
    )
    assert _lines(document) == ["Year | Sum", "2020 | 1 2", "5", long.strip(), "Head", "Below.", "a | b"]


def test_html_loads_nothing_and_keeps_no_link() -> None:
    document = _parsed(
        '<p>See <a href="http://example.org/x">this</a> <img src="http://example.org/y.png" alt="">.</p>', "a.html"
    )
    assert _lines(document) == ["See this ."]


@pytest.mark.parametrize(
    ("declared", "encoded"),
    [
        ('<meta charset="windows-1251">', "Привет".encode("cp1251")),
        ('<meta http-equiv=Content-Type content="text/html; charset=iso-8859-1">', "naïve “quotes”".encode("cp1252")),
        ('<?xml version="1.0" encoding="utf-8"?>', "naïve".encode()),
        ("", "日本語の文です。".encode()),
        ('<meta charset="no-such-thing">', "naïve".encode()),
    ],
)
def test_html_is_decoded_as_it_says(declared: str, encoded: bytes) -> None:
    (line,) = _lines(_parsed(declared.encode() + b"<p>" + encoded, "a.html"))
    assert line in ("Привет", "naïve “quotes”", "naïve", "日本語の文です。")


# Markdown


def test_markdown_is_read_without_its_signs() -> None:
    document = _parsed(
        "---\ntitle: 'Notes of May'\n---\n# Head *one*\n\nA **bold** line\nthat goes on, `code()` and "
        "[a link](http://x.y).\n\n1. first\n2. second\n   - inner ~~struck~~\n\n> quoted\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\ny = 2\n```\n\n"
        "<div>block <b>html</b></div>\n\n![a picture](x.png) in line <i>html</i>\n\nSecond\n------\nend  \nbreak\n",
        "a.md",
    )
    assert document.title == "Notes of May"
    assert [page.heading for page in document.pages] == ["Head one", "Second"]
    assert _lines(document) == [
        "Head one", "A bold line that goes on, code() and a link.", "1. first", "2. second", "- inner struck", "quoted",
        "a | b", "1 | 2", "x = 1", "y = 2", "block html", "a picture in line html", "Second", "end", "break",
    ]  # fmt: skip


def test_a_markdown_title_is_its_first_heading() -> None:
    assert _parsed("Text.\n\n## Later head\n\nMore.", "a.markdown").title == "Later head"


# Plain text


def test_text_is_kept_as_it_is_and_named_by_its_file() -> None:
    text = "A line.\n\n  Indented,\twith a tab.\r\nlast"
    document = _parsed(text, "my notes.txt")
    assert document.title == "my notes"
    assert [page.text for page in document.pages] == [text.replace("\r\n", "\n")]


def test_long_text_is_cut_into_pages_at_paragraphs() -> None:
    text = "\n\n".join(f"Paragraph {number} tells something. " * 8 for number in range(200))
    document = _parsed(text, "a.txt")
    assert len(document.pages) > 10
    assert max(len(page.text) for page in document.pages) <= PAGE_CHARACTERS
    assert all(page.text.startswith("Paragraph") and page.text.endswith(".") for page in document.pages)
    assert "".join(text.split()) == "".join("".join(page.text.split()) for page in document.pages)


def test_a_form_feed_ends_a_page() -> None:
    assert [page.text for page in _parsed("one\ftwo\n\f\f", "a.txt").pages] == ["one", "two"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_decoded(encoding: str) -> None:
    text = "Die Übergröße kostet 5 € mehr, sagt André; das ist für Käufer ärgerlich, aber üblich. " * 3
    assert _parsed(text.encode(encoding), "a.txt").pages[0].text == text.strip()


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "€500 – “final”"),
        ("cp1252", "£1,200"),
        ("cp1252", "25°C in the café"),
        ("cp1252", "El niño de mañana. " * 40),
        ("cp1252", "L’employé reçoit 500 € à l’avance, où que ce soit."),
        ("cp1250", "Najemca płaci czynsz z góry, do dziesiątego dnia każdego miesiąca."),
        ("cp1250", "A bérlő a bérleti díjat előre fizeti, minden hónap ötödik napjáig."),
        ("cp1251", "Арендатор платит арендную плату вперёд."),
        ("cp1254", "Sözleşme belirsiz süre içindir; kira her ay beş gün içinde ödenir, değişmez. " * 9),
        ("shift_jis", "契約の期間は二年とする。賃料は毎月末日までに支払う。"),
        ("utf-16-le", "The boiler is old."),
        ("utf-16-be", "The boiler is old."),
    ],
)
def test_short_text_is_decoded_as_people_write(encoding: str, text: str) -> None:
    assert _parsed(text.encode(encoding), "a.txt").pages[0].text == text.strip()


def test_a_broken_byte_late_in_a_long_text_does_not_change_how_it_is_read() -> None:
    data = ("Größe. " * 20_000).encode() + b"\xff" + "Größe".encode()
    assert _parsed(data, "a.txt").pages[-1].text.endswith("Größe. \ufffdGröße")


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 20,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9,
        b"text\0text",
        made_files.pdf([["x"]]),
        made_files.docx(),
        b"\x7fELF\x02\x01\x01" * 99,
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_binary_under_the_name_of_a_text_is_refused(data: bytes, name: str) -> None:
    assert _refused(data, name).reason is Reason.BINARY


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_text_without_words_is_named_as_such(name: str) -> None:
    assert _refused(b" \n\t\n ", name).reason is Reason.NO_TEXT


def test_a_pdf_and_a_docx_are_taken_for_what_they_are() -> None:
    assert _parsed(made_files.pdf([["Some words."]]), "a.docx").format == "pdf"
    assert _parsed(made_files.docx([("Some words.", 0)]), "a.pdf").format == "docx"


def test_too_many_characters_are_refused() -> None:
    assert _refused(b"words " * 10_000, "a.txt", Limits(characters=50_000)).reason is Reason.TOO_LARGE
