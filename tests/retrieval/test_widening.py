"""Which passages an answer is made from, and what they bring with them. Quotes stay where they stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.answers import Passage
from app.domain.documents import Chunk, Span
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.search import Ranking, Searcher
from app.retrieval.widening import JOINED, distinct, joined, spread

CLAUSE = "The notice of termination is to be given in writing, by registered post, ninety days before the term ends."


def passage(text: str, document: str = "d", ordinal: int = 0, score: float = 1.0) -> Passage:
    chunk = Chunk(ordinal, text, (Span(1, 100 * ordinal, 100 * ordinal + len(text)),), ((0, len(text)),))
    return Passage(ordinal, document, f"{document}.txt", "", chunk, score, 0.5, 0.5, 0.5, (0.5,))


def test_what_says_the_same_is_left_out() -> None:
    first = passage(CLAUSE)
    again = [passage(text, ordinal=5) for text in (CLAUSE, CLAUSE.upper().replace(" ", "\n"))]
    assert distinct([first, *again], by_document=False) == [first]


@pytest.mark.parametrize(
    "other",
    [CLAUSE.replace("ninety", "thirty"), CLAUSE.replace("is to be", "is not to be"), CLAUSE.replace("ninety ", "")],
)
def test_one_word_that_differs_may_be_the_one_that_matters(other: str) -> None:
    both = [passage(CLAUSE), passage(other, ordinal=5)]
    assert distinct(both, by_document=False) == both


def test_a_passage_with_one_sentence_of_its_own_stays() -> None:
    first, second = passage(CLAUSE), passage("Rent is due.", ordinal=1)
    (whole,) = joined([passage(CLAUSE, ordinal=5), passage("Rent is due.", ordinal=6)])
    assert distinct([first, whole], by_document=False) == [first, whole]
    assert distinct([first, second, whole], by_document=False) == [first, second]


def test_what_two_documents_say_alike_is_kept_of_both_where_they_are_compared() -> None:
    both = [passage(CLAUSE, "lease"), passage(CLAUSE, "licence")]
    assert distinct(both, by_document=True) == both
    assert distinct([*both, passage(CLAUSE, "lease", 7)], by_document=True) == both


def test_documents_have_turns() -> None:
    found = [passage("x", document, ordinal) for ordinal, document in enumerate("aaabcb")]
    assert "".join(one.document for one in spread(found, ())) == "abcaba"
    assert "".join(one.document for one in spread(found, ("b", "a"))) == "babaac"


def test_passages_that_touch_become_one() -> None:
    found = [passage("Two.", ordinal=2, score=3.0), passage("Nine.", ordinal=9), passage("One.", ordinal=1)]
    whole, other = joined([*found, passage("Two.", "e", 3)])[:2]
    assert whole.chunk.text == "One.\nTwo."
    assert [whole.chunk.text[start:end] for start, end in whole.chunk.sentences] == ["One.", "Two."]
    assert whole.chunk.locate(0, 9) == (Span(1, 100, 104), Span(1, 200, 204))
    assert (whole.score, whole.chunk.ordinal, whole.sentences) == (3.0, 1, (0.5, 0.5))
    assert other == found[1]


def test_no_more_are_joined_than_leave_room_for_others() -> None:
    found = [passage(f"{number}.", ordinal=number) for number in range(8)]
    sizes = [len(whole.chunk.sentences) for whole in joined(found)]
    assert sizes == [JOINED] * (8 // JOINED)


_AGREEMENT = """# {kind} Agreement

This {kind} Agreement is made between {first} and {second}.

## 1. Definitions

"Quiet Hours" means the time from {from_} in the evening until seven in the morning. {filler}

"Common Parts" shall mean the stairs, the yard and the boiler room of the building. {filler}

## 2. Use

The rooms are used as a workshop only, and no other trade is carried on in them. {filler}

## 3. Noise

No machine may be run during Quiet Hours by anybody. {filler}

## 4. Cleaning

The cost of cleaning is shared as set forth in Section 5.2, each year anew. {filler}

## 5. Money

5.1 The rent is paid by the month, at its beginning. {filler}

5.2 The {second} bears {share} hundredths of it, and the owner the rest. {filler}
"""
_FILLER = "Whoever is in doubt asks the owner, who answers in writing and keeps a copy of the answer. " * 7


@pytest.fixture(scope="module")
def agreements(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """Two agreements that say nearly the same, and papers of others."""
    folder = tmp_path_factory.mktemp("agreements")
    for kind, first, second, from_, share in (
        ("Lease", "Brackwater Mills", "Olsen Joinery", "nine", "forty"),
        ("Licence", "Tarn Software", "Fell Pottery", "ten", "sixty"),
    ):
        text = _AGREEMENT.format(
            kind=kind, first=first, second=second, from_=from_, share=share, filler=_FILLER.replace("owner", first)
        )
        (folder / f"{kind}.md").write_text(text, "utf-8")
    for number in range(8):
        (folder / f"house {number}.txt").write_text(f"House rule {number}: machines run until nine.", "utf-8")
    library = Library(tmp_path_factory.mktemp("library"), [embedder], "", workers=2)
    library.ingest([folder], ProgressSlot(), CancelToken())
    yield library
    library.close()


@pytest.fixture
def searcher(agreements: Library) -> Searcher:
    return Searcher(agreements)


def texts(passages: tuple[Passage, ...]) -> list[str]:
    return [" ".join(one.chunk.text.split()) for one in passages]


def test_the_definition_of_a_term_is_brought(searcher: Searcher) -> None:
    found = searcher.find("In the Brackwater Mills Lease Agreement: when may no machine be run?", 1)
    assert "No machine may be run" in texts(found.passages)[0]
    (_, definition) = searcher.widened(found).passages
    assert '"Quiet Hours" means the time from nine' in texts((definition,))[0]
    assert definition.score <= found.passages[0].score
    assert definition.sentences == ()


def test_the_section_that_is_referred_to_is_brought(searcher: Searcher) -> None:
    found = searcher.find("In the Tarn Software Licence Agreement: how is the cost of cleaning shared?", 1)
    assert "as set forth in Section 5.2" in texts(found.passages)[0]
    assert any("bears sixty hundredths" in text for text in texts(searcher.widened(found).passages))


@pytest.mark.parametrize(
    "question",
    [
        "What is the difference between the Quiet Hours of the Lease Agreement and those of the Licence Agreement?",
        "Compare when the Quiet Hours begin in the Brackwater Mills lease and in the Fell Pottery licence.",
    ],
)
def test_documents_that_are_compared_have_their_share(searcher: Searcher, question: str) -> None:
    found = searcher.find(question, 30)
    assert len(found.sides) == 2
    selected = searcher.selected(found, 4).passages
    assert sorted(Path(one.path).name for one in selected) == ["Lease.md"] * 2 + ["Licence.md"] * 2
    begin = " ".join(texts(searcher.selected(found, 6).passages))
    assert "from nine in the evening" in begin
    assert "from ten in the evening" in begin


def test_nobody_is_compared_who_is_not_here(searcher: Searcher) -> None:
    question = "What is the difference between the Vandermeer Charter Contract and the Kowalczyk Freight Contract?"
    assert searcher.find(question, 5).sides == ()


def test_every_quote_of_widened_passages_stands_on_its_page(searcher: Searcher, agreements: Library) -> None:
    found = searcher.selected(searcher.find("Who answers in writing, and where is the copy kept?", 30), 12)
    widened = searcher.widened(found).passages
    assert len(widened) < len(found.passages)
    for one in widened:
        for start, end in one.chunk.sentences:
            at = start
            for span in one.chunk.locate(start, end):
                page = agreements.page(one.document, span.page).text
                assert page[span.start : span.end] == one.chunk.text[at : at + span.end - span.start]
                at += span.end - span.start + 1


def test_where_less_is_ranked_by_passages_stay_as_they_were_found(searcher: Searcher) -> None:
    plain = searcher.ranked_by(Ranking.WORD_BY_WORD)
    found = plain.find("Who answers in writing, and where is the copy kept?", 30)
    assert plain.selected(found, 12).passages == found.passages[:12]
    assert plain.widened(found) == found
