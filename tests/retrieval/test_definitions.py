from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from app.domain.documents import Chunk
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.definitions import asks_long_form, defining, may_define, term_asked, written_out
from app.retrieval.search import Ranking, Searcher


def defines(term: str, sentence: str) -> bool:
    return defining(term, [sentence]) == [0]


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("What does AKI stand for?", "AKI"),
        ("What does the acronym AKI mean in this document?", "AKI"),
        ("What is AKI short for?", "AKI"),
        ("what is AKI an abbreviation of", "AKI"),
        ("What do “Late Fees” mean?", "Late Fees"),
        ("What does IT stand for, please?", "IT"),
        ("Define One-Time Fee", "One-Time Fee"),
        ("Define C++", "C++"),
        ("Define Force Majeure (FM)", "Force Majeure"),
        ("What does AKI mean in section 5.1?", "AKI"),
        ("Wofür steht AGB im Vertrag?", "AGB"),
        ("What does it mean?", ""),
        ("How is Confidential Information defined in this agreement?", "Confidential Information"),
        ("What is meant by force majeure?", "force majeure"),
        ("What is the definition of a business day?", "business day"),
        ("Define 'business day'.", "business day"),
        ("the meaning of force majeure", "force majeure"),
        ("Was bedeutet AKI?", "AKI"),
        ("Wofür steht die Abkürzung AKI?", "AKI"),
        ("What does it mean for a knot to be a p element?", ""),
        ("What does that mean?", ""),
        ("What offers a conceptual definition of force?", ""),
        ("What does the lessee of the two rooms above the mill at Orrin mean?", ""),
        ("How does the tenant define success?", ""),
        ("What does “—” mean?", ""),
        ("AKI", ""),
        ("Define " + "x" * 10_000, ""),
    ],
)
def test_a_question_for_the_meaning_of_a_term_is_known_by_its_form(question: str, term: str) -> None:
    assert term_asked(question) == term


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("What does AKI stand for?", True),
        ("What is AKI an abbreviation of?", True),
        ("What does AKI mean?", False),  # what it does to a patient may be meant
        ("What does the flag stand for?", False),
        ("Who stands for AKI?", False),
    ],
)
def test_what_an_abbreviation_stands_for_is_asked_in_so_many_words(question: str, asks: bool) -> None:
    assert asks_long_form(question) is asks


@pytest.mark.parametrize(
    ("term", "sentence", "long_form"),
    [
        ("AKI", "Acute kidney injury (AKI) is common.", "Acute kidney injury"),
        ("AKI", "Patients with acute kidney injury (“AKI”) are seen daily.", "acute kidney injury"),
        ("AKI", "AKI (acute kidney injury) is common.", "acute kidney injury"),
        ("HTTP", "It speaks the Hypertext Transfer Protocol (the HTTP).", "Hypertext Transfer Protocol"),
        ("UoM", "The unit of measure (UoM) is given.", "unit of measure"),
        ("AKI", "It is called acute kidney injury (or AKI), as a rule.", "acute kidney injury"),
        ("AKI", "Acute kidney injury, or AKI, is common.", "Acute kidney injury"),
        ("AKI", "AKI, acute kidney injury, is common.", "acute kidney injury"),
        ("AKI", "It was AKI or “acute kidney injury” (acute renal failure) in all.", "acute kidney injury"),
        ("AKI", "AKI is short for acute kidney injury.", "acute kidney injury"),
        ("FOI", "Freedom of information, or FOI, is a right.", "Freedom of information"),
        ("FIS", "The Islamic Salvation Front (Front islamique du salut, FIS) won.", "Front islamique du salut"),
        ("NATO", "North Atlantic Treaty Organization (abbreviated to NATO)", "North Atlantic Treaty Organization"),
        ("AKI", "Acute kidney injury [AKI] is common.", "Acute kidney injury"),
        ("AE", "Adverse events (AEs) are counted.", "Adverse events"),
        ("CKD", "CKD Chronic kidney disease", "Chronic kidney disease"),
        (
            "GDPR",
            "The General Data Protection Regulation (hereinafter referred to as “GDPR”) applies.",
            "General Data Protection Regulation",
        ),
        ("AGB", "Die Allgemeinen Geschäftsbedingungen (nachfolgend „AGB“) gelten.", "Allgemeinen Geschäftsbedingungen"),
        ("AKI", "AKI = acute kidney injury", "acute kidney injury"),
        ("PSA", "Patients were assessed (PSA) at the first visit.", None),
        ("HIV", "He is positive (HIV).", None),
        ("CKD", "CKD is watched every day.", None),
        ("AFC", "Teams of the AFC and NFC play.", None),
        ("AFC", "Teams of the AFC, of the NFC and of cities play.", None),
        ("AKI", "All kinds of injuries, AKI among them, are seen.", None),
        ("AKI", "AKI, as known in hospitals, is common.", None),
        ("AKI", "It was seen (AKI) often.", None),
        ("AKI", "AKI (stage 3) is rare.", None),
        ("AKI", "Acute kidney injury is common.", None),
        ("fee", "The fine for every evening (fee) is small.", None),
        ("CAB", "A very long sentence that happens to be (CAB) here.", None),
    ],
)
def test_an_abbreviation_that_is_written_out_is_found_with_its_letters(
    term: str, sentence: str, long_form: str | None
) -> None:
    span = written_out(term, sentence)
    assert (span and sentence[slice(*span)]) == long_form
    assert defines(term, sentence) is bool(span)


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("Late Fee", "“Late Fee” means five crowns a day."),
        ("late fee", "The Late Fee shall mean five crowns a day."),
        ("Landlord", 'Brackwater Mills Ltd (the "Landlord") lets the mill.'),
        ("Parties", "Hale and Dunmore (together, the “Parties”) agree."),
        ("ICU", "ICU: intensive care unit"),
        ("ICU", "ICU | intensive care unit"),
        ("ICU", "ICU – intensive care"),
        ("QED", "QED stands for what was to be shown."),
        ("Landlord", "Brackwater Mills Ltd (hereinafter called the “Landlord”) lets the mill."),
        ("Late Fees", "“Late Fee” means five crowns a day."),
        ("Late Fee", "“Late Fees” mean five crowns a day."),
        ("CAUTION", "CAUTION indicates a hazard."),
        ("C++", "C++: a language"),
        ("Vermieter", "Vermieter bezeichnet die Mühle."),
    ],
)
def test_a_term_is_defined_in_words_in_parentheses_or_as_an_entry(term: str, sentence: str) -> None:
    assert defines(term, sentence)
    assert not defines(f"un{term}", sentence)


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("late fee", "The late fee is due on Monday."),
        ("Landlord", "The Landlord (a miller) lets the mill."),
        ("ICU", "Beds in the ICU: twelve."),
        ("fee", "The coffee means much to her."),
        ("Fee", "“Late Fee” means five crowns a day."),
        ("Control", "“Change of Control” means the sale of the mill."),
        ("AKI", "What AKI stands for is explained to every nurse."),
        ("AKI", "AKI – see page 4"),
    ],
)
def test_to_use_a_term_is_not_to_define_it(term: str, sentence: str) -> None:
    assert not defines(term, sentence)


def test_an_entry_counts_where_nothing_says_it_better() -> None:
    entry, said = "CAUTION: Do not open the valve.", "CAUTION indicates a hazard."
    assert defining("CAUTION", [entry, said]) == [1]
    assert defining("CAUTION", [entry, "Mind the step."]) == [0]


@pytest.mark.parametrize(
    ("text", "may"),
    [("Coordinated Universal Time (UTC) is kept.", True), ("UTC is kept.", True), ("The clock keeps UTC.", False)],
)
def test_a_term_may_be_explained_in_brackets_or_at_the_beginning(text: str, may: bool) -> None:
    chunk = Chunk(0, text, (), ((0, len(text)),), "")
    assert may_define("UTC", chunk) is may


def test_long_rows_of_an_abbreviation_are_read_quickly() -> None:
    began = perf_counter()
    assert not defines("AKI", "AKI, " * 4_000)
    assert perf_counter() - began < 3


@pytest.fixture(scope="module")
def wards(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    """Notes of two wards, in which an abbreviation is used often and written out once, beside other things."""
    folder = tmp_path_factory.mktemp("wards")
    papers = folder / "papers"
    papers.mkdir()
    for number in range(30):
        text = f"Ward {number}: AKI was seen. What the AKI rota stands for is discussed. AKI cases rose to {number}."
        (papers / f"ward{number}.txt").write_text(text, "utf-8")
    told = "The porter keeps the keys of the boiler room and of the linen store, and lends them to nobody. "
    meant = "Patients are moved on Mondays, those with acute kidney injury (AKI) first, by the north lift."
    (papers / "porter.txt").write_text(f"{told * 3}{meant} {told * 2}", "utf-8")
    library = Library(folder / "library", [embedder], "", workers=2)
    library.ingest([papers], ProgressSlot(), CancelToken())
    yield library
    library.close()


def test_the_passage_that_defines_a_term_comes_first(wards: Library) -> None:
    first, *_ = Searcher(wards).find("What does AKI stand for?", 10).passages
    assert Path(first.path).name == "porter.txt"
    without, *_ = Searcher(wards, Ranking.WORD_BY_WORD).find("What does AKI stand for?", 10).passages
    assert Path(without.path).name != "porter.txt"
    used, *_ = Searcher(wards).find("Where was AKI seen?", 10).passages
    assert Path(used.path).name != "porter.txt"
