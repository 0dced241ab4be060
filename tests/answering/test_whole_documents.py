"""Summaries, comparisons and lists of places, of real papers in a real library."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest
from made_up import Scripted

from app.answering.answerer import Answerer, AnswerEvent, AskMode, PassagesFound
from app.answering.follow_up import EarlierTurn
from app.domain.answers import Answer, AnswerMode, AnswerStatus, Claim
from app.domain.documents import StoredChunk
from app.domain.errors import Cancelled, UsageFault
from app.domain.scope import EVERYTHING, Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval import whole_documents
from app.retrieval.search import Searcher

PROMPT = 0.2
"""Seconds in which a stop is obeyed."""

_LEASE = """# Lease

This lease is made between Brackwater Mills and Olsen Joinery for the workshop by the weir.

## Rent

The tenant pays a rent of {rent} crowns a month. The rent is due on the first day of the month.
{late}

## Care of the workshop

The tenant keeps the workshop clean and dry. The landlord repairs the roof and the wheel.
The tenant may not keep animals in the workshop.

## End

Either party may end the lease by giving the other {notice} written notice. {key}
"""
_FIRST = _LEASE.format(
    rent="4,000",
    late="Late rent bears interest of four percent.",
    notice="ninety days of",
    key="The tenant returns both keys on the last day.",
)
_SECOND = _LEASE.format(
    rent="4,600",
    late="Late rent bears interest of four percent.",
    notice="sixty days of plain",
    key="The deposit is returned within a month.",
)
_DIARY = "The weir\n\nThe weir froze in January. The miller wrote of the café by the weir and of char-\ncoal and boats."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leases")
    (folder / "lease 2019.md").write_text(_FIRST, "utf-8")
    (folder / "lease 2021.md").write_text(_SECOND, "utf-8")
    (folder / "diary.txt").write_text(_DIARY, "utf-8")
    (folder / "copy.txt").write_text(_DIARY.title(), "utf-8")
    return folder


@pytest.fixture(scope="module")
def leases(folder: Path, tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("library"), [embedder], "", workers=2)
    library.ingest([folder], ProgressSlot(), CancelToken())
    yield library
    library.close()


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask(leases: Library) -> Ask:
    answerer = Answerer(Searcher(leases), None)

    def asked(question: str, scope: Scope = EVERYTHING) -> Answer:
        (answer,) = answerer.ask(question, AskMode.BOTH, CancelToken(), scope=scope)
        for claim in answer.claims:
            assert claim.supported
            quoted = "".join(_quotes(leases, claim))
            assert "".join(claim.text.split()) == "".join(quoted.split())
        return answer

    return asked


def _quotes(library: Library, claim: Claim) -> Iterator[str]:
    for citation in claim.citations:
        page = library.page(citation.document, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote
        yield citation.quote


def _marked(claim: Claim) -> list[str]:
    return [claim.text[start:end] for start, end in claim.marked]


def _by_heading(answer: Answer) -> dict[str, list[Claim]]:
    return {heading: list(claims) for heading, claims in groupby(answer.claims, lambda claim: claim.heading)}


def test_every_place_of_a_word_is_listed_by_document(ask: Ask) -> None:
    answer = ask("Where is the weir mentioned?")
    assert answer.status is AnswerStatus.ANSWERED
    found = _by_heading(answer)
    assert list(found) == [
        "copy.txt: 3 places",
        "diary.txt: 3 places",
        "lease 2019.md: 1 place",
        "lease 2021.md: 1 place",
    ]
    assert [claim.text for claim in found["diary.txt: 3 places"]] == [
        "The weir",
        "The weir froze in January.",
        "The miller wrote of the café by the weir and of char- coal and boats.",
    ]
    assert {word.lower() for claim in answer.claims for word in _marked(claim)} == {"weir"}


def test_other_endings_accents_and_broken_words_are_found_too(ask: Ask) -> None:
    assert "cafe" not in _DIARY
    assert len(ask("List every mention of CAFE").claims) == 2
    broken = ask("Where is charcoal mentioned?").claims
    assert [("char- coal" in claim.text.lower(), claim.marked) for claim in broken] == [(True, ())]


def test_phrases_are_words_in_a_row_and_need_not_be_in_one_sentence(ask: Ask) -> None:
    assert [_marked(claim) for claim in ask("Where is “rent is due” mentioned?").claims] == [["rent is due"]] * 2
    assert ask("Where is “due is rent” mentioned?").status is AnswerStatus.NOT_FOUND
    (across,) = ask("Where is “in January. The miller” mentioned?", Scope(types=("txt",))).claims[1:]
    assert across.text.startswith("The weir froze in January. The miller")


def test_places_are_looked_for_in_scope_only(ask: Ask, folder: Path) -> None:
    answer = ask("Where is rent mentioned?", Scope(documents=(str(folder / "lease 2019.md"),)))
    assert {citation.path for claim in answer.claims for citation in claim.citations} == {str(folder / "lease 2019.md")}
    assert {document.path for document in answer.passages} == {str(folder / "lease 2019.md")}


@pytest.mark.parametrize("phrase", ["rent OR boats", "NEAR(rent)", "title : weir", "rent*", "-boats AND rent"])
def test_what_is_looked_for_is_words_and_no_command(ask: Ask, phrase: str) -> None:
    assert ask(f"Where is “{phrase}” mentioned?").status is AnswerStatus.NOT_FOUND


@pytest.mark.parametrize("phrase", ['"', "*", "(", "-", "£"])
def test_signs_alone_are_not_looked_for(ask: Ask, phrase: str) -> None:
    with pytest.raises(UsageFault, match="Which word is meant"):
        ask(f"Where is “{phrase}” mentioned?")


def test_what_cannot_be_listed_is_said(ask: Ask) -> None:
    with pytest.raises(UsageFault, match="no spaces stand between words"):
        ask("Where is 敷金 mentioned?")


def answered(folder: Path, question: str, **texts: str) -> list[Claim]:
    (folder / "papers").mkdir()
    for name, text in texts.items():
        (folder / "papers" / f"{name}.txt").write_text(text, "utf-8")
    library = Library(folder / "library", [], "", workers=1)
    try:
        library.ingest([folder / "papers"], ProgressSlot(), CancelToken())
        (answer,) = Answerer(Searcher(library), None).ask(question, AskMode.EXTRACTIVE, CancelToken())
    finally:
        library.close()
    return list(answer.claims)


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("£45", ["£45", "£ 45"]),
        ("5%", ["5 %", "5%"]),
        ("C++", ["C++"]),
        ("45", ["45", "45", "45", "45", "45"]),
    ],
)
def test_signs_of_a_phrase_count(tmp_path: Path, phrase: str, found: list[str]) -> None:
    text = (
        "The fee is £45 a month.\n\nAnother fee is £ 45 a year.\n\nThe pressure is 45 bar.\n\n"
        "Section 45 names 5 % of the sum, and 5% of the rest, not 45% of it.\n\nIt is written in C++ and in C#.\n\n"
        "The guest in room 450 pays £450 or 1.5 % more.\n"
    )
    claims = answered(tmp_path, f"Where is “{phrase}” mentioned?", prices=text)
    assert [word for claim in claims for word in _marked(claim)] == found


def test_letters_that_are_joined_are_letters(tmp_path: Path) -> None:
    text = "The \N{LATIN SMALL LIGATURE FI}re door is shut. A fire door is never locked."
    claims = answered(tmp_path, "Where is “Fire door” mentioned?", doors=text)
    assert [_marked(claim) for claim in claims] == [["\N{LATIN SMALL LIGATURE FI}re door"], ["fire door"]]


def test_a_phrase_across_a_cut_is_found_beside_others(tmp_path: Path) -> None:
    text = "The late fee is small. Nobody was late. Fee or no fee, it is due."
    claims = answered(tmp_path, "Where is “late fee” mentioned?", fees=text)
    assert [_marked(claim) for claim in claims] == [["late fee"], ["late. Fee"]]
    assert {claim.heading for claim in claims} == {"fees.txt: 2 places"}


def test_too_many_places_are_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_documents, "MOST_HAVING", 3)
    with pytest.raises(UsageFault, match="“weir” stands in more than 3 passages") as caught:
        ask("Where is the weir mentioned?")
    assert "fewer documents" in caught.value.remedy


def test_two_documents_are_compared(ask: Ask) -> None:
    found = _by_heading(ask("Compare lease 2019.md with lease 2021"))
    assert list(found) == [
        "Other numbers: 1 place",
        "Other words: 1 place",
        "Only in lease 2019.md: 1 place",
        "Only in lease 2021.md: 1 place",
    ]
    numbers, words, one, other = (claims[0] for claims in found.values())
    assert numbers.text.split("\n") == [
        "The tenant pays a rent of 4,000 crowns a month.",
        "The tenant pays a rent of 4,600 crowns a month.",
    ]
    assert _marked(numbers) == ["4,000", "4,600"]
    assert len(numbers.citations) == 2
    assert _marked(words) == ["ninety", "sixty", "plain"]
    assert one.text == "The tenant returns both keys on the last day."
    assert other.text == "The deposit is returned within a month."


def test_documents_that_say_the_same_are_said_to(leases: Library) -> None:
    answerer = Answerer(Searcher(leases), None)
    (answer,) = answerer.ask("Compare diary.txt and copy.txt", AskMode.EXTRACTIVE, CancelToken())
    (claim,) = answer.claims
    assert claim.reckoned
    assert claim.text.startswith("Both documents say the same")
    assert [citation.path.rsplit("/")[-1] for citation in claim.citations] == ["diary.txt", "copy.txt"]


def test_it_must_be_clear_what_is_compared(ask: Ask, folder: Path) -> None:
    with pytest.raises(UsageFault, match="Two documents can be compared, and here are 4"):
        ask("Compare these two documents")
    with pytest.raises(UsageFault, match="here is 1"):
        ask("Compare these two documents", Scope(documents=(str(folder / "diary.txt"),)))
    both = Scope(documents=(str(folder / "lease 2019.md"), str(folder / "lease 2021.md")))
    assert len(_by_heading(ask("Compare these two documents", both))) == 4


def test_names_may_have_joining_words_in_them(tmp_path: Path) -> None:
    first, second = "The fee is due in May.", "The fee is due in June."
    names = {"Terms and Notes 2023": first, "Terms and Notes 2024": second}
    for number, question in enumerate(
        (
            "Compare Terms and Notes 2023 with Terms and Notes 2024",
            "What is the difference between Terms and Notes 2023 and Terms and Notes 2024?",
            "Compare “Terms and Notes 2023.txt” and “Terms and Notes 2024.txt”",
        )
    ):
        (tmp_path / str(number)).mkdir()
        (claim,) = answered(tmp_path / str(number), question, **names)
        assert claim.text == f"{first}\n{second}"


def test_several_documents_may_be_named(ask: Ask) -> None:
    found = _by_heading(ask("Summarise lease 2019.md and diary.txt, please"))
    assert list(found) == ["lease 2019.md", "diary.txt"]


@pytest.mark.parametrize(
    ("question", "summary", "remedy"),
    [
        ("Summarise leese 2019.md", "No document that is looked in is called “leese 2019.md”.", "lease 2019.md"),
        ("Compare diary.txt and dairy.txt", "No document that is looked in is called “dairy.txt”.", "diary.txt"),
        ("Summarise The weir", "Several documents are called “The weir”", "by its path"),
    ],
)
def test_a_name_that_is_not_clear_is_said(ask: Ask, question: str, summary: str, remedy: str) -> None:
    with pytest.raises(UsageFault) as caught:
        ask(question)
    assert caught.value.summary.startswith(summary)
    assert remedy in caught.value.remedy


def test_a_file_with_more_about_it_is_an_ordinary_question(ask: Ask) -> None:
    answer = ask("Compare the rent of lease 2019.md with lease 2021.md")
    assert answer.status is AnswerStatus.ANSWERED
    assert not any(claim.heading for claim in answer.claims)


def test_a_file_that_could_not_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"blank\.txt could not be read"):
        answered(tmp_path, "Summarise blank.txt", blank="", full="The fee is due in May.")


def test_the_end_of_a_path_names_a_document(tmp_path: Path) -> None:
    (tmp_path / "papers" / "old").mkdir(parents=True)
    (tmp_path / "papers" / "old" / "lease.txt").write_text("The fee is due in May.", "utf-8")
    (tmp_path / "papers" / "lease.txt").write_text("The fee is due in June.", "utf-8")
    (tmp_path / "papers" / "copy.txt").write_text("The fee is due in June.", "utf-8")
    library = Library(tmp_path / "library", [], "", workers=1)
    try:
        library.ingest([tmp_path / "papers"], ProgressSlot(), CancelToken())
        answerer = Answerer(Searcher(library), None)
        (answer,) = answerer.ask("Summarise old/lease.txt", AskMode.EXTRACTIVE, CancelToken())
        (same,) = answerer.ask("Compare papers/lease.txt with copy.txt", AskMode.EXTRACTIVE, CancelToken())
        with pytest.raises(UsageFault, match=r"Several documents are called “lease\.txt”"):
            answerer.ask("Summarise lease.txt", AskMode.EXTRACTIVE, CancelToken())
    finally:
        library.close()
    assert answer.text == "The fee is due in May."
    assert same.text.startswith("Both documents say the same, word for word.")


def test_a_question_about_whole_documents_may_go_on_from_the_one_before(leases: Library) -> None:
    earlier = [EarlierTurn("Where is the rent mentioned?")]
    answerer = Answerer(Searcher(leases), None)
    (answer,) = answerer.ask("and the deposit?", AskMode.EXTRACTIVE, CancelToken(), earlier=earlier)
    assert answer.asked == "Where is the deposit mentioned?"
    assert [_marked(claim) for claim in answer.claims] == [["deposit"]]


def test_a_summary_comes_from_everywhere_in_order(ask: Ask, folder: Path) -> None:
    answer = ask("Summarise this document", Scope(documents=(str(folder / "lease 2019.md"),)))
    places = [(claim.citations[0].page, claim.citations[0].start) for claim in answer.claims]
    assert places == sorted(places)
    first, _, last = [claim.text for claim in answer.claims]
    assert first.startswith("This lease is made between")
    assert _FIRST.index(last) > _FIRST.index("## Care")
    assert ask("Summarise lease 2019.md").claims == answer.claims


def test_a_summary_does_not_say_the_same_again_and_again(tmp_path: Path) -> None:
    pumps = [f"If the pressure of pump {n} rises above {n + 7} bar, the shift leader stops it." for n in range(60)]
    text = "\n\n".join([*pumps, "The keys of the switch room are kept by the guard at the gate."])
    claims = answered(tmp_path, "Summarise pumps.txt", pumps=text)
    assert [claim.text for claim in claims] == [pumps[0], text.rpartition("\n")[2]]


def test_several_documents_are_summed_up_each_under_its_name(ask: Ask) -> None:
    found = _by_heading(ask("Summarise these documents"))
    assert list(found) == ["copy.txt", "diary.txt", "lease 2019.md", "lease 2021.md"]


def test_too_many_documents_are_not_summed_up(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.answering.whole_answer.MOST_SUMMARISED", 3)
    with pytest.raises(UsageFault, match="Up to 3 documents can be summed up, and here are 4"):
        ask("Summarise these documents")


def test_what_names_no_document_is_an_ordinary_question(ask: Ask) -> None:
    answer = ask("Summarise the rent of the workshop")
    assert answer.status is AnswerStatus.ANSWERED
    assert not any(claim.heading for claim in answer.claims)


def test_nothing_is_taken_from_the_questions_before(leases: Library, folder: Path) -> None:
    heard: list[AnswerEvent] = []
    scope = Scope(documents=(str(folder / "diary.txt"),))
    earlier = [EarlierTurn("What is the rent of the workshop?")]
    answerer = Answerer(Searcher(leases), None)
    (answer,) = answerer.ask("Summarise it", AskMode.BOTH, CancelToken(), heard.append, earlier, scope)
    assert answer.asked == ""
    assert heard[0] == PassagesFound(answer.passages)
    assert answer.claims


def test_a_model_may_sum_up_and_is_not_asked_for_the_rest(leases: Library, folder: Path) -> None:
    model = Scripted("The tenant keeps the workshop clean and dry. The tenant keeps bees.")
    answerer = Answerer(Searcher(leases), model)
    scope = Scope(documents=(str(folder / "lease 2019.md"),))
    quoted, told = answerer.ask("Summarise this document", AskMode.BOTH, CancelToken(), scope=scope)
    assert (quoted.mode, told.mode) == (AnswerMode.EXTRACTIVE, AnswerMode.GENERATED)
    assert [claim.supported for claim in told.claims] == [True, False]
    assert "Question: Summarise this document" in model.asked[0]
    for question in ("Where is rent mentioned?", "Compare lease 2019.md and lease 2021.md"):
        for mode in (AskMode.BOTH, AskMode.GENERATED):
            (answer,) = answerer.ask(question, mode, CancelToken())
            assert answer.mode is AnswerMode.EXTRACTIVE
    assert len(model.asked) == 1


def test_stop_is_obeyed(leases: Library) -> None:
    cancel = CancelToken()
    cancel.cancel()
    began = time.perf_counter()
    with pytest.raises(Cancelled):
        Answerer(Searcher(leases), None).ask("Summarise these documents", AskMode.BOTH, cancel)
    assert time.perf_counter() - began < PROMPT


@pytest.mark.parametrize(
    ("question", "looks"),
    [("Compare one.txt with two.txt", 1_000), ("Compare one.txt with two.txt", 20_000), ("Summarise one.txt", 8_000)],
)
def test_stop_is_obeyed_while_long_documents_are_read(tmp_path: Path, question: str, looks: int) -> None:
    words = ["weir", "rent", "boat", "barley", "roof", "wheel", "crown", "month", "notice", "key", "winter", "ferry"]
    folder = tmp_path / "papers"
    folder.mkdir()
    for name, step in (("one.txt", 5), ("two.txt", 7)):
        lines = [f"The {words[n % 12]} of {n} and the {words[n * step % 11]} are old." for n in range(6_000)]
        (folder / name).write_text("\n\n".join(lines), "utf-8")
    library = Library(tmp_path / "library", [], "", workers=2)
    stopped = []

    class StopsAfterLooks(CancelToken):
        looked = 0

        def check(self) -> None:
            self.looked += 1
            if self.looked == looks:
                stopped.append(time.perf_counter())
                self.cancel()
            super().check()

    try:
        library.ingest([folder], ProgressSlot(), CancelToken())
        with pytest.raises(Cancelled):
            Answerer(Searcher(library), None).ask(question, AskMode.BOTH, StopsAfterLooks())
        assert time.perf_counter() - stopped[0] < PROMPT
    finally:
        library.close()


def test_the_time_of_reading_counts(leases: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = leases.chunks

    def slowly(ids: Sequence[int]) -> list[StoredChunk]:
        time.sleep(0.05)
        return chunks(ids)

    monkeypatch.setattr(leases, "chunks", slowly)
    (answer,) = Answerer(Searcher(leases), None).ask("Summarise diary.txt", AskMode.EXTRACTIVE, CancelToken())
    assert answer.seconds.search >= 0.05


def test_a_document_that_is_not_cited_is_a_source_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text(_DIARY, "utf-8")
    (tmp_path / "long.txt").write_text(f"{_DIARY} The ferry sank in the spring.", "utf-8")
    library = Library(tmp_path / "library", [], "", workers=2)
    try:
        library.ingest([tmp_path / "short.txt", tmp_path / "long.txt"], ProgressSlot(), CancelToken())
        (answer,) = Answerer(Searcher(library), None).ask("Compare short with long", AskMode.BOTH, CancelToken())
        assert [claim.heading for claim in answer.claims] == ["Only in long.txt: 1 place"]
        assert {Path(passage.path).name for passage in answer.passages} == {"short.txt", "long.txt"}
    finally:
        library.close()
