"""What holds of chunks whatever the text, tried on many made texts; and how they follow what a person sees."""

from itertools import pairwise
from random import Random

import pytest

from app.documents.chunking import CHUNK_CHARACTERS, Chunker
from app.documents.draft import Batch, Heading
from app.domain.documents import Chunk, Page

_WORDS = (
    "the", "Company", "shall", "pay", "Mr.", "U.S.", "3.5", "(a)", "(ii)", "12.", "§", "“Term”", "e.g.", "No.", "and,",
    "is;", "done.", "ends!", "why?", "end.”", "x" * 70, "TERM", "Überführung", "日本語の文です。", "\U0001f600", "é",
    "•", "-", "...", "it’s", "(the", "open)", '"', "|", "I.", "2.1", "a\u0301", "\u00ad", "\u200b",
)  # fmt: skip
_LINES = (
    "ARTICLE IV", "2. TERM. It lasts.", "GENERAL PROVISIONS", "Payment Terms", "• item", "- 12 -", "Page 3 of 9",
    "(b) or so;", "Source: X",
)  # fmt: skip
_GAPS = (" ", " ", " ", " ", " ", " \n", "\n", "\n\n", "  ", "\t", " \n \n")


def _page(random: Random, number: int) -> Page:
    parts = []
    for _ in range(random.choice((0, 1, 5, 60, 400))):
        if random.random() < 0.04:
            parts += ["\n", random.choice(_LINES), "\n"]
        else:
            parts += [random.choice(_WORDS), random.choice(_GAPS)]
    return Page(number, "".join(parts))


def _headings(random: Random, pages: list[Page]) -> tuple[Heading, ...]:
    """Mark a line here and there."""
    found = []
    for page in pages:
        start = 0
        for line in page.text.splitlines(keepends=True):
            ink = line.strip()
            if ink and random.random() < 0.05:
                at = start + line.index(ink)
                found.append(Heading(page.number, at, at + len(ink), random.randint(1, 4)))
            start += len(line)
    return tuple(found)


def _chunks(random: Random, pages: list[Page]) -> list[Chunk]:
    """Cut pages in batches of any size, any way a parser may ask for."""
    chunker = Chunker()
    chunks: list[Chunk] = []
    wrapped, guess, marks = (random.random() < 0.5 for _ in range(3))
    rest = pages
    while True:
        taken, rest = rest[: (size := random.randint(1, 8))], rest[size:]
        headings = _headings(random, taken) if marks else ()
        chunks += chunker.feed(Batch(tuple(taken), headings, guess, wrapped, final=not rest))
        if not rest:
            return chunks


def _check(pages: list[Page], chunks: list[Chunk]) -> None:
    texts = {page.number: page.text for page in pages}
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    places = [(span.page, span.start, span.end) for chunk in chunks for span in chunk.spans]
    for (former, _, end), (latter, start, _) in pairwise(places):
        assert (former, end) <= (latter, start)
    for chunk in chunks:
        assert chunk.text == "\n".join(texts[span.page][span.start : span.end] for span in chunk.spans)
        assert len(chunk.text) <= CHUNK_CHARACTERS * 1.2
        for span in chunk.spans:
            ink = texts[span.page][span.start : span.end]
            assert ink
            assert ink == ink.strip()
        _check_sentences(chunk, texts)
    for page in pages:
        left = list(page.text)
        for number, start, end in places:
            if number == page.number:
                left[start:end] = " " * (end - start)
        assert not "".join(left).strip()


def _check_sentences(chunk: Chunk, texts: dict[int, str]) -> None:
    last = 0
    for start, end in chunk.sentences:
        sentence = chunk.text[start:end]
        assert last <= start < end
        assert sentence == sentence.strip()
        assert not chunk.text[last:start].strip()
        located = chunk.locate(start, end)
        parts = [texts[span.page][span.start : span.end].strip() for span in located]
        assert "\n".join(parts) == sentence
        last = end
    assert last == len(chunk.text)


@pytest.mark.parametrize("seed", range(300))
def test_invariants_hold_of_any_text(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - texts, not secrets
    pages = [_page(random, number) for number in range(1, random.randint(2, 12))]
    chunks = _chunks(random, pages)
    _check(pages, chunks)


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "word " * 10_000, "(" * 5_000, '"A. B" (' * 3_000, "\n" * 5_000, "日本" * 9_000]
)
def test_text_without_sentences_is_cut_all_the_same(text: str) -> None:
    pages = [Page(1, text), Page(2, text)]
    _check(pages, Chunker().feed(Batch(tuple(pages), guess_headings=True, wrapped=True)))


def _cut(*texts: str, wrapped: bool = True) -> list[Chunk]:
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1))
    return Chunker().feed(Batch(pages, guess_headings=True, wrapped=wrapped))


def _sentences(chunks: list[Chunk]) -> list[str]:
    return [" ".join(chunk.text[start:end].split()) for chunk in chunks for start, end in chunk.sentences]


_BODY = (
    "The Supplier shall deliver the goods to the place that the Buyer names in writing and shall\n"
    "bear the cost of carriage up to that place, unless the parties have agreed otherwise in an\n"
    "order. Risk passes on delivery. "
)


def test_a_sentence_over_a_page_break_is_whole_and_has_a_span_on_each_page() -> None:
    chunks = _cut(
        _BODY + "\nThe price is due within thirty days after the invoice has been",
        "received by the Buyer. It includes tax.\n" + _BODY,
    )
    sentence = "The price is due within thirty days after the invoice has been received by the Buyer."
    assert sentence in _sentences(chunks)
    (holder,) = (chunk for chunk in chunks if "received by" in chunk.text)
    assert [span.page for span in holder.spans] == [1, 2]


_PARTIES = ("Ash", "Birch", "Cedar", "Damson", "Elder")


def test_a_footer_does_not_break_a_sentence_that_goes_on_below_it() -> None:
    pages = []
    for number, party in enumerate(_PARTIES, start=1):
        rest = f"on the day that {_PARTIES[number - 2]} names. " if number > 1 else ""
        body = f"{rest}{_BODY}\nThe {party} company pays the price of all the goods that were received in good order\n"
        pages.append(f"{body}Source: ACME CORP, 10-K, 1/2/20{number}\n{number}\n")
    found = _sentences(_cut(*pages))
    assert found.count("Risk passes on delivery.") == 5
    crossing = [sentence for sentence in found if " company pays" in sentence]
    for party, sentence in zip(_PARTIES[:-1], crossing[:-1], strict=True):
        assert sentence.startswith(f"The {party} company pays")
        assert sentence.endswith(f"on the day that {party} names.")


def test_a_footer_below_a_finished_sentence_is_a_unit_of_its_own() -> None:
    found = _sentences(
        _cut(*(f"{_BODY}It is for {party}.\nPage {number} of 5" for number, party in enumerate(_PARTIES, 1)))
    )
    assert [sentence for sentence in found if "Page" in sentence] == [f"Page {number} of 5" for number in range(1, 6)]
    assert "It is for Elder." in found


def test_headings_stand_with_the_text_below_them_and_make_the_path() -> None:
    text = "\n".join([
        "SUPPLY AGREEMENT", _BODY * 4, "1. DELIVERY.", _BODY * 3, "1.1 Place of Delivery. " + _BODY * 4,
        "2. PAYMENT. " + _BODY * 4, "ARTICLE II", "CLOSING PROVISIONS", _BODY * 2,
    ])  # fmt: skip
    chunks = _cut(text)
    paths = [chunk.heading for chunk in chunks]
    for path in (
        "SUPPLY AGREEMENT",
        "SUPPLY AGREEMENT › 1. DELIVERY.",
        "SUPPLY AGREEMENT › 1. DELIVERY. › 1.1 Place of Delivery.",
        "SUPPLY AGREEMENT › 2. PAYMENT.",
        "SUPPLY AGREEMENT › ARTICLE II › CLOSING PROVISIONS",
    ):
        assert path in paths
    for heading in ("1. DELIVERY.", "1.1 Place of Delivery.", "2. PAYMENT.", "CLOSING PROVISIONS"):
        (holder,) = (chunk for chunk in chunks if heading in chunk.text)
        assert "The Supplier shall" in holder.text[holder.text.index(heading) :]


def test_running_text_in_capitals_or_with_a_section_number_is_no_heading() -> None:
    capitals = "THE GOODS ARE SOLD AS THEY ARE AND THE SUPPLIER GIVES NO WARRANTY OF ANY KIND, WHETHER\n" * 4
    law = "as set out in\nSection 3.2 of this Agreement and in the law of the land that governs the whole of it."
    chunks = _cut(f"{_BODY}{law}\n{capitals}\n{_BODY}")
    assert {chunk.heading for chunk in chunks} == {""}


def test_a_notice_that_comes_back_again_and_again_is_no_heading() -> None:
    chunks = _cut("\n".join(["CONFIDENTIAL TREATMENT REQUESTED\n" + _BODY] * 6))
    assert not any("CONFIDENTIAL" in chunk.heading for chunk in chunks)


@pytest.mark.parametrize(
    "text",
    [
        "(a) Berkshire acknowledges the first duty. Further, Berkshire acknowledges the second.",
        "• Beginning three years (1) after that date. Bank of America pays.",
        "b) The cost of materials (unless the charge was approved. It is due at once.",
        "The term is twenty-four (24) months. The Agreement may be renewed.",
    ],
)
def test_list_items_and_brackets_do_not_hide_the_end_of_a_sentence(text: str) -> None:
    assert len(_sentences(_cut(text))) == 2


def test_abbreviations_and_list_numbers_end_no_sentence() -> None:
    text = "1. Mr. Smith of U.S. Steel Corp. paid No. 5 in Jan. 2020. 2. He left."
    assert _sentences(_cut(text)) == ["1. Mr. Smith of U.S. Steel Corp. paid No. 5 in Jan. 2020.", "2. He left."]


def test_lines_that_are_not_wrapped_are_paragraphs() -> None:
    assert _sentences(_cut("First row | 1\nsecond row | 2\nand a third", wrapped=False)) == [
        "First row | 1",
        "second row | 2",
        "and a third",
    ]


def test_chunks_are_of_a_useful_size() -> None:
    lengths = [len(chunk.text) for chunk in _cut(*([_BODY * 12] * 5))]
    assert min(lengths[:-1]) > CHUNK_CHARACTERS / 2
