"""Summaries and comparisons of real papers in a real library."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from made_up import Scripted
from whole_papers import DIARY, FIRST, Ask, answered, by_heading, marked

from app.answering.answerer import Answerer, AnswerEvent, AskMode, PassagesFound
from app.answering.follow_up import EarlierTurn
from app.domain.answers import AnswerMode
from app.domain.documents import StoredChunk
from app.domain.errors import Cancelled, UsageFault
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.retrieval.search import Searcher

PROMPT = 0.2
"""Seconds in which a stop is obeyed."""


def test_two_documents_are_compared(ask: Ask) -> None:
    found = by_heading(ask("Compare lease 2019.md with lease 2021"))
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
    assert marked(numbers) == ["4,000", "4,600"]
    assert len(numbers.citations) == 2
    assert marked(words) == ["ninety", "sixty", "plain"]
    assert one.text == "The tenant returns both keys on the last day."
    assert other.text == "The deposit is returned within a month."


def test_documents_that_say_the_same_are_said_to(leases: Library) -> None:
    answerer = Answerer(Searcher(leases), None)
    (answer,) = answerer.ask("Compare diary.txt and copy.txt", AskMode.EXTRACTIVE, CancelToken())
    (claim,) = answer.claims
    assert claim.reckoned
    assert claim.text.startswith("Both documents say the same")
    assert [citation.path.rsplit("/")[-1] for citation in claim.citations] == ["diary.txt", "copy.txt"]


def test_a_question_about_whole_documents_may_go_on_from_the_one_before(leases: Library) -> None:
    earlier = [EarlierTurn("Where is the rent mentioned?")]
    answerer = Answerer(Searcher(leases), None)
    (answer,) = answerer.ask("and the deposit?", AskMode.EXTRACTIVE, CancelToken(), earlier=earlier)
    assert answer.asked == "Where is the deposit mentioned?"
    assert [marked(claim) for claim in answer.claims] == [["deposit"]]


def test_a_summary_comes_from_everywhere_in_order(ask: Ask, lease_folder: Path) -> None:
    answer = ask("Summarise this document", Scope(documents=(str(lease_folder / "lease 2019.md"),)))
    places = [(claim.citations[0].page, claim.citations[0].start) for claim in answer.claims]
    assert places == sorted(places)
    first, _, last = [claim.text for claim in answer.claims]
    assert first.startswith("This lease is made between")
    assert FIRST.index(last) > FIRST.index("## Care")
    assert ask("Summarise lease 2019.md").claims == answer.claims


def test_a_summary_does_not_say_the_same_again_and_again(tmp_path: Path) -> None:
    pumps = [f"If the pressure of pump {n} rises above {n + 7} bar, the shift leader stops it." for n in range(60)]
    text = "\n\n".join([*pumps, "The keys of the switch room are kept by the guard at the gate."])
    claims = answered(tmp_path, "Summarise pumps.txt", {"pumps.txt": text})
    assert [claim.text for claim in claims] == [pumps[0], text.rpartition("\n")[2]]


def test_several_documents_are_summed_up_each_under_its_name(ask: Ask) -> None:
    found = by_heading(ask("Summarise these documents"))
    assert list(found) == ["copy.txt", "diary.txt", "lease 2019.md", "lease 2021.md"]


def test_too_many_documents_are_not_summed_up(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.answering.whole_answer.MOST_SUMMARISED", 3)
    with pytest.raises(UsageFault, match="Up to 3 documents can be summed up, and here are 4"):
        ask("Summarise these documents")


def test_nothing_is_taken_from_the_questions_before(leases: Library, lease_folder: Path) -> None:
    heard: list[AnswerEvent] = []
    scope = Scope(documents=(str(lease_folder / "diary.txt"),))
    earlier = [EarlierTurn("What is the rent of the workshop?")]
    answerer = Answerer(Searcher(leases), None)
    (answer,) = answerer.ask("Summarise it", AskMode.BOTH, CancelToken(), heard.append, earlier, scope)
    assert answer.asked == ""
    assert heard[0] == PassagesFound(answer.passages)
    assert answer.claims


def test_a_model_may_sum_up_and_is_not_asked_for_the_rest(leases: Library, lease_folder: Path) -> None:
    model = Scripted("The tenant keeps the workshop clean and dry. The tenant keeps bees.")
    answerer = Answerer(Searcher(leases), model)
    scope = Scope(documents=(str(lease_folder / "lease 2019.md"),))
    quoted, told = answerer.ask("Summarise this document", AskMode.BOTH, CancelToken(), scope=scope)
    assert (quoted.mode, told.mode) == (AnswerMode.EXTRACTIVE, AnswerMode.GENERATED)
    assert [claim.supported for claim in told.claims] == [True, False]
    assert "Question: Summarise this document" in model.asked[0]
    answerer.ask("and lease 2021.md?", AskMode.BOTH, CancelToken(), earlier=[EarlierTurn("Summarise lease 2019.md")])
    assert "Question: Summarise lease 2019.md, and lease 2021.md?" in model.asked.pop()
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
    (tmp_path / "short.txt").write_text(DIARY, "utf-8")
    (tmp_path / "long.txt").write_text(f"{DIARY} The ferry sank in the spring.", "utf-8")
    library = Library(tmp_path / "library", [], "", workers=2)
    try:
        library.ingest([tmp_path / "short.txt", tmp_path / "long.txt"], ProgressSlot(), CancelToken())
        (answer,) = Answerer(Searcher(library), None).ask("Compare short with long", AskMode.BOTH, CancelToken())
        assert [claim.heading for claim in answer.claims] == ["Only in long.txt: 1 place"]
        assert {Path(passage.path).name for passage in answer.passages} == {"short.txt", "long.txt"}
    finally:
        library.close()
