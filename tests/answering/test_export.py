"""Conversations as files: complete, and inert whatever stands in them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from app.answering.export.files import write
from app.answering.export.html import html
from app.answering.export.markdown import markdown
from app.domain.answers import AnswerMode, AnswerStatus, Citation, Claim
from app.domain.conversations import Conversation, Ending, KeptAnswer, KeptTurn, Origin, UsedModel
from app.domain.errors import EnvironmentFault, UsageFault
from app.domain.fit import Settings

FEE = Citation("a1" * 32, "/papers/Contract.pdf", "Contract", 3, 10, 35, "The fee is 48,600 pounds.")
HANDS = Citation("b2" * 32, "/papers/Policy.docx", "Policy", 2, 0, 18, "Hands are cleaned.")
ORIGIN = Origin(
    "0.1.0", "both", "all", 7, "c3" * 32, UsedModel("k", "MiniLM", ("d4" * 32,)),
    UsedModel("tiny", "Tiny", ("e5" * 32, "f6" * 32), Settings(2_048, 512, "f16", threads=2)),
)  # fmt: skip
TURN = KeptTurn(
    "What is the fee?",
    datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
    Ending.COMPLETE,
    (
        KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim(FEE.quote, True, (FEE,)),)),
        KeptAnswer(
            AnswerMode.GENERATED,
            AnswerStatus.ANSWERED,
            (Claim("It is 48,600.", True, (FEE, HANDS)), Claim("It is ten.", False, (), "No ten is there.")),
            thoughts="Secretly: ten?",
        ),
    ),
    ORIGIN,
)
NOT_FOUND = KeptTurn(
    "Who walked on the moon?",
    datetime(2026, 11, 26, 9, 31, tzinfo=UTC),
    Ending.STOPPED,
    (KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.NOT_FOUND, nearest=(HANDS,)),),
    replace(ORIGIN, generator=None),
    words_only="The server is away.",
    erased=True,
)
CONVERSATION = Conversation(4, "What is the fee?", TURN.asked, (TURN, NOT_FOUND))

# Each would be something else than text in HTML or in Markdown.
HOSTILE = (
    '<script>fetch("http://leak.example/")</script>',
    '<img src="http://leak.example/x.png" onerror=alert(1)>',
    "![x](http://leak.example/x.png) [here](http://leak.example)",
    "http://leak.example/ and www.leak.example and <http://leak.example> and me@leak.example",
    "# heading",
    "1. first",
    "- item",
    "+ item",
    "---",
    "===",
    "> quote",
    "```sh",
    "~~~",
    "| a | b |",
    "*em* __strong__ `code` ~~gone~~ &lt;b&gt; \\*",
    "[ref]: http://leak.example",
    "</p></body></html><link rel=stylesheet href=//leak.example>",
)


def hostile() -> Conversation:
    """Return a conversation in which every text is hostile."""
    turns = []
    for text in HOSTILE:
        place = Citation(text, text, text, 1, 0, len(text), text)
        claims = (Claim(text, True, (place,)), Claim(text, False, (), text))
        answers = (
            KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.NOT_FOUND, claims[:1], (place,)),
            KeptAnswer(AnswerMode.GENERATED, AnswerStatus.ANSWERED, claims),
        )
        model = UsedModel(text, text, (text,))
        origin = Origin(text, text, text, 7, text, model, model)
        turns.append(KeptTurn(text, TURN.asked, Ending.FAILED, answers, origin, text, text))
    return Conversation(1, HOSTILE[0], TURN.asked, tuple(turns))


def no_pdf(_html: str) -> bytes:
    raise AssertionError("no PDF is wanted")


def test_markdown_says_all_there_is() -> None:
    said = markdown(CONVERSATION)
    for line in (
        "# What is the fee?",
        "## What is the fee?",
        "*Asked on 2026-11-26 09:30 UTC.*",
        "> “The fee is 48,600 pounds.” \\[1\\]",
        "It is 48,600. \\[1\\] \\[2\\]",
        "It is ten.",
        "*No ten is there.*",
        "\\[1\\] Contract, page 3, characters 10 to 35",
        "\\[2\\] Policy, section 2, characters 0 to 18",
        "- File: /papers/Contract.pdf",
        f"- SHA-256 of the document: {'a1' * 32}",
        "- Lectern: 0.1.0",
        "- Found by meaning: MiniLM (k)",
        "- Written by: Tiny (tiny)",
        f"- SHA-256 of the model: {'f6' * 32}",
        "- Loaded with: context 2048, batch 512, kv\\_type f16, threads 2, gpu\\_layers 0, repack False",
        "- Settings: ranking all, answers both, seed 7",
        "The documents do not answer this. The nearest passages: \\[1\\]",
        "> “Hands are cleaned.”",
        "*Looked for by words only. The server is away.*",
        "*The answer was stopped before its end.*",
        "*A document that this answer was made from was erased for good, and with it what was quoted of it.*",
        "- Written by: no model",
    ):
        assert f"\n{line}\n" in f"\n{said}"
    assert "Secretly" not in said


def test_html_says_the_same() -> None:
    page = LexborHTMLParser(html(CONVERSATION))
    elements = [element.text() for element in page.css("body > *")]
    rendered = LexborHTMLParser(MarkdownIt().render(markdown(CONVERSATION)))
    expected = [element.text().strip() for element in rendered.css("h1, h2, h3, p, li")]
    assert elements == expected
    assert [element.text() for element in page.css("h2")] == [TURN.question, NOT_FOUND.question]


def test_quotes_stand_below_their_heading_and_those_of_two_documents_apart() -> None:
    claims = (
        Claim("Rent: 40.\nRent: 46.", True, (FEE, HANDS), heading="Other numbers: 1 sentence"),
        Claim("One.", True, (FEE,), heading="Only in Contract.pdf: 2 sentences"),
        Claim("Two.", True, (FEE,), heading="Only in Contract.pdf: 2 sentences"),
    )
    turn = replace(TURN, answers=(KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, claims),))
    lines = [line for line in markdown(replace(CONVERSATION, turns=(turn,))).splitlines() if line]
    start = lines.index("### From the documents, word for word") + 1
    assert lines[start : start + 5] == [
        "Other numbers: 1 sentence:",
        "> “Rent: 40.” / “Rent: 46.” \\[1\\] \\[2\\]",
        "Only in Contract.pdf: 2 sentences:",
        "> “One.” \\[1\\]",
        "> “Two.” \\[1\\]",
    ]


def test_no_text_acts_in_html() -> None:
    page = LexborHTMLParser(html(hostile()))
    used = {element.tag for element in page.css("*")}
    assert used == {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "blockquote"}
    attributes = {name for element in page.css("body *") for name in element.attributes}
    assert attributes == {"class"}
    body = page.body
    assert body is not None
    for text in HOSTILE:
        assert text in body.text()


def test_no_text_acts_in_markdown() -> None:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown(hostile()))
    page = LexborHTMLParser(rendered)
    used = {element.tag for element in page.css("body *")}
    assert used == {"h1", "h2", "h3", "p", "blockquote", "em", "ul", "li"}
    body = page.body
    assert body is not None
    for text in HOSTILE:
        assert text in body.text()
    # A renderer that makes links of bare addresses looks for these.
    assert "://" not in markdown(hostile())
    assert "www." not in markdown(hostile())


@pytest.mark.parametrize(("name", "begins"), [("a.md", b"# What"), ("a.HTML", b"<!DOCTYPE html>"), ("a.pdf", b"%PDF")])
def test_the_ending_says_the_format(tmp_path: Path, name: str, begins: bytes) -> None:
    write(CONVERSATION, tmp_path / name, lambda page: b"%PDF" + page.encode(), replace=False)
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"\.md, \.html or \.pdf"):
        write(CONVERSATION, tmp_path / "a.txt", no_pdf, replace=True)


def test_a_file_that_is_there_stays_unless_it_may_go(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("mine")
    with pytest.raises(UsageFault, match="there already"):
        write(CONVERSATION, file, no_pdf, replace=False)
    assert file.read_text() == "mine"
    write(CONVERSATION, file, no_pdf, replace=True)
    assert file.read_text().startswith("# What")


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        write(CONVERSATION, tmp_path / "missing" / "a.md", no_pdf, replace=False)
    (tmp_path / "a.md").mkdir()
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        write(CONVERSATION, tmp_path / "a.md", no_pdf, replace=True)
    assert [file.name for file in tmp_path.iterdir()] == ["a.md"]


def test_a_name_of_a_file_that_is_no_text_does_not_stop_it(tmp_path: Path) -> None:
    odd = replace(FEE, path="/papers/\udcff.pdf")
    answer = KeptAnswer(AnswerMode.EXTRACTIVE, AnswerStatus.ANSWERED, (Claim(odd.quote, True, (odd,)),))
    write(replace(CONVERSATION, turns=(replace(TURN, answers=(answer,)),)), tmp_path / "a.html", no_pdf, replace=False)
    assert "File: /papers/?.pdf" in (tmp_path / "a.html").read_text("utf-8")
