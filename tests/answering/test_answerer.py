import importlib.util
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from made_up import Scripted
from numpy.typing import NDArray

from app.answering.answerer import (
    Answerer,
    AnswerEvent,
    AnswerFinished,
    AskMode,
    ClaimChecked,
    PassagesFound,
    ThoughtWritten,
)
from app.answering.follow_up import EarlierTurn
from app.domain.answers import AnswerMode, AnswerStatus
from app.domain.errors import Cancelled, EnvironmentFault, UsageFault
from app.domain.fit import Settings
from app.domain.scope import EVERYTHING, Scope, Searched
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.models.packs import starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.search import Ranking, Searcher

QUESTION = "Who built the mill at Orrin?"
FOREIGN = "Which enzyme repairs oxidised guanine in mitochondrial DNA?"
TRUE = "The mill at Orrin was built in 1764 by Agnes Dunmore."
PROMPT = 0.2
"""Seconds in which a stop is obeyed."""


@pytest.fixture
def quoting(searcher: Searcher) -> Answerer:
    """Answers in the documents' own words only."""
    return Answerer(searcher, None)


def _wait_for_stop(cancel: CancelToken) -> None:
    while not cancel.cancelled:
        time.sleep(0.01)


def test_quotes_answer_at_once(quoting: Answerer, papers: Library) -> None:
    heard: list[AnswerEvent] = []
    (answer,) = quoting.ask(QUESTION, AskMode.EXTRACTIVE, CancelToken(), heard.append)
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.mode is AnswerMode.EXTRACTIVE
    assert "Agnes Dunmore" in answer.text
    assert answer.withheld == 0
    assert heard[0] == PassagesFound(answer.passages)
    assert heard[1:-1] == [ClaimChecked(AnswerMode.EXTRACTIVE, claim) for claim in answer.claims]
    assert heard[-1] == AnswerFinished(answer)
    assert 0 < answer.seconds.search <= answer.seconds.first_token <= answer.seconds.total
    pages = [(passage.document, passage.page) for passage in answer.passages]
    assert len(pages) == len(set(pages))
    for citation in (citation for claim in answer.claims for citation in claim.citations):
        page = papers.page(citation.document, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote


def test_a_follow_up_is_looked_for_as_what_it_means(quoting: Answerer) -> None:
    heard: list[AnswerEvent] = []
    earlier = [EarlierTurn(QUESTION)]
    (answer,) = quoting.ask("How high is its wheel?", AskMode.EXTRACTIVE, CancelToken(), heard.append, earlier)
    assert (answer.question, answer.asked) == ("How high is its wheel?", "How high is the mill at Orrin’s wheel?")
    assert heard[0] == PassagesFound(answer.passages, asked=answer.asked)
    assert "7.5 metres" in answer.text
    (alone,) = quoting.ask(QUESTION, AskMode.EXTRACTIVE, CancelToken(), earlier=earlier)
    assert alone.asked == ""


def test_a_mistyped_word_is_put_right_and_said_so_unless_the_words_are_wanted_exactly(quoting: Answerer) -> None:
    heard: list[AnswerEvent] = []
    typed, meant = "Who built the mlil at Orrin for the garrisson?", "Who built the mlil at Orrin for the garrison?"
    (answer,) = quoting.ask(typed, AskMode.EXTRACTIVE, CancelToken(), heard.append)
    assert (answer.question, answer.asked) == (typed, meant)
    assert heard[0] == PassagesFound(answer.passages, asked=meant)
    (exact,) = quoting.ask(typed, AskMode.EXTRACTIVE, CancelToken(), exactly=True)
    assert exact.asked == ""
    earlier = [EarlierTurn(QUESTION)]
    (follow_up,) = quoting.ask("and the garrisson?", AskMode.EXTRACTIVE, CancelToken(), earlier=earlier)
    assert follow_up.asked == "Who built the garrison at Orrin?"
    (alone,) = quoting.ask("How high is its wheel?", AskMode.EXTRACTIVE, CancelToken(), earlier=earlier, exactly=True)
    assert alone.asked == ""


def test_quotes_come_by_words_while_the_embedder_fails(
    quoting: Answerer, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_question: str) -> None:
        raise EnvironmentFault("The server does not answer.", "Start it.")

    heard: list[AnswerEvent] = []
    question = f"{QUESTION[:-1]}, as it is told?"  # of which nothing is remembered
    monkeypatch.setattr(embedder, "embed_question", fail)
    (answer,) = quoting.ask(question, AskMode.EXTRACTIVE, CancelToken(), heard.append)
    assert "Agnes Dunmore" in answer.claims[0].text
    (found,) = [event for event in heard if isinstance(event, PassagesFound)]
    assert found.fault is not None


def test_a_model_speaks_after_the_quotes_and_is_checked(searcher: Searcher) -> None:
    generator = Scripted("The mill at Orrin was built ", "in 1764 by Agnes Dunmore. It was ", "painted red by Petra.")
    heard: list[AnswerEvent] = []
    first, second = Answerer(searcher, generator).ask(QUESTION, AskMode.BOTH, CancelToken(), heard.append)
    assert (first.mode, second.mode) == (AnswerMode.EXTRACTIVE, AnswerMode.GENERATED)
    assert [type(event).__name__ for event in heard] == [
        "PassagesFound", *["ClaimChecked"] * len(first.claims), "AnswerFinished", "ClaimChecked", "ClaimChecked",
        "AnswerFinished",
    ]  # fmt: skip
    assert [(claim.text, claim.supported) for claim in second.claims] == [
        (TRUE, True),
        ("It was painted red by Petra.", False),
    ]
    assert second.claims[0].citations[0].quote == TRUE
    assert (second.status, second.text, second.withheld) == (AnswerStatus.ANSWERED, TRUE, 1)
    assert second.claims[1].fault


def test_what_a_model_thinks_is_told_apart_and_never_checked_or_cited(searcher: Searcher) -> None:
    generator = Scripted(TRUE, thoughts=f"\n{TRUE} Or was it Petra?\n")
    heard: list[AnswerEvent] = []
    (answer,) = Answerer(searcher, generator).ask(QUESTION, AskMode.GENERATED, CancelToken(), heard.append)
    assert [type(event).__name__ for event in heard[1:]] == ["ThoughtWritten", "ClaimChecked", "AnswerFinished"]
    assert (answer.thoughts, answer.text) == (f"{TRUE} Or was it Petra?", TRUE)
    assert len(answer.claims) == 1


def test_a_model_that_only_thinks_has_found_nothing(searcher: Searcher) -> None:
    (answer,) = Answerer(searcher, Scripted(thoughts=TRUE)).ask(QUESTION, AskMode.GENERATED, CancelToken())
    assert (answer.status, answer.claims, answer.thoughts) == (AnswerStatus.NOT_FOUND, (), TRUE)


def test_claims_are_told_while_the_model_writes(searcher: Searcher) -> None:
    told_after: list[int] = []
    heard: list[AnswerEvent] = []
    generator = Scripted(
        f"{TRUE} ", "It ", "ground ", "barley. ", "More ", before=lambda _: told_after.append(len(heard))
    )
    Answerer(searcher, generator).ask(QUESTION, AskMode.GENERATED, CancelToken(), heard.append)
    assert told_after == [1, 1, 2, 2, 2]


def test_a_model_whose_claims_all_fail_has_found_nothing(searcher: Searcher) -> None:
    generator = Scripted("The mill was built by Petra Valk in 1911. ", "She was tall.")
    (answer,) = Answerer(searcher, generator).ask(QUESTION, AskMode.GENERATED, CancelToken())
    assert (answer.status, answer.text, answer.withheld) == (AnswerStatus.NOT_FOUND, "", 2)


def test_nothing_relevant_is_said_before_the_model_is_asked(searcher: Searcher) -> None:
    generator = Scripted("It is the enzyme OGG1.")
    answers = Answerer(searcher, generator).ask(FOREIGN, AskMode.BOTH, CancelToken())
    assert generator.asked == []
    for answer in answers:
        assert answer.status is AnswerStatus.NOT_FOUND
        assert answer.claims == ()
        assert answer.passages


def test_without_a_model_there_are_quotes_only(quoting: Answerer) -> None:
    (answer,) = quoting.ask(QUESTION, AskMode.BOTH, CancelToken())
    assert answer.mode is AnswerMode.EXTRACTIVE
    with pytest.raises(EnvironmentFault, match="no model") as fault:
        quoting.ask(QUESTION, AskMode.GENERATED, CancelToken())
    assert fault.value.remedy
    quoting.close()


@pytest.mark.parametrize("question", ["", " \n\t"])
def test_an_empty_question_is_refused(quoting: Answerer, question: str) -> None:
    with pytest.raises(UsageFault):
        quoting.ask(question, AskMode.EXTRACTIVE, CancelToken())


def test_a_refusal_says_what_was_searched(quoting: Answerer) -> None:
    (answer,) = quoting.ask(FOREIGN, AskMode.EXTRACTIVE, CancelToken())
    assert answer.searched == Searched(EVERYTHING, 4)
    (answer,) = quoting.ask(QUESTION, AskMode.EXTRACTIVE, CancelToken())
    assert answer.searched is None


def test_only_documents_in_scope_answer(searcher: Searcher, papers: Library) -> None:
    paths = {Path(entry.path).name: entry.path for entry in papers.entries()}
    heard: list[AnswerEvent] = []
    generator = Scripted(TRUE)
    elsewhere = Scope(documents=(paths["bees.txt"], paths["ferry.txt"]))
    for answer in Answerer(searcher, generator).ask(
        QUESTION, AskMode.BOTH, CancelToken(), heard.append, scope=elsewhere
    ):
        assert answer.status is AnswerStatus.NOT_FOUND
        assert {passage.path for passage in answer.passages} == set(elsewhere.documents)
        assert answer.searched == Searched(elsewhere, 2)
    assert generator.asked == []
    (answer,) = Answerer(searcher, None).ask(
        QUESTION, AskMode.BOTH, CancelToken(), scope=Scope(documents=(paths["mill.txt"],))
    )
    assert "Agnes Dunmore" in answer.text


def test_a_scope_that_holds_nothing_is_told_before_anything_is_heard(quoting: Answerer) -> None:
    heard: list[AnswerEvent] = []
    with pytest.raises(UsageFault, match="no document changed until 1970"):
        quoting.ask(QUESTION, AskMode.BOTH, CancelToken(), heard.append, scope=Scope(until=date(1970, 12, 31)))
    assert heard == []


def test_without_an_embedder_words_answer(papers: Library) -> None:
    (answer,) = Answerer(Searcher(papers, Ranking.WORDS), None).ask(QUESTION, AskMode.BOTH, CancelToken())
    assert "Agnes Dunmore" in answer.text


def test_an_empty_library_has_no_answer(library: Library) -> None:
    answerer = Answerer(Searcher(library), Scripted("Never said."))
    for answer in answerer.ask(QUESTION, AskMode.BOTH, CancelToken()):
        assert (answer.status, answer.claims, answer.passages) == (AnswerStatus.NOT_FOUND, (), ())


@pytest.mark.parametrize("moment", [PassagesFound, ThoughtWritten, ClaimChecked, AnswerFinished])
def test_stop_is_obeyed_after_every_event(searcher: Searcher, moment: type[AnswerEvent]) -> None:
    cancel = CancelToken()
    heard: list[AnswerEvent] = []

    def listen(event: AnswerEvent) -> None:
        heard.append(event)
        if isinstance(event, moment):
            cancel.cancel()

    generator = Scripted(TRUE, thoughts="Hm.")
    with pytest.raises(Cancelled):
        Answerer(searcher, generator).ask(QUESTION, AskMode.BOTH, cancel, listen)
    assert isinstance(heard[-1], moment)


def test_stop_is_obeyed_while_the_model_reads(searcher: Searcher) -> None:
    cancel = CancelToken()
    generator = Scripted(TRUE, before=_wait_for_stop)
    stopped: list[float] = []

    def stop() -> None:
        stopped.append(time.monotonic())
        cancel.cancel()

    timer = threading.Timer(0.5, stop)
    timer.start()
    with pytest.raises(Cancelled):
        Answerer(searcher, generator).ask(QUESTION, AskMode.GENERATED, cancel)
    assert time.monotonic() - stopped[0] < PROMPT
    assert generator.left
    timer.join()


def test_a_model_that_crashes_is_a_fault_of_the_machine(searcher: Searcher) -> None:
    def crash(_cancel: CancelToken) -> None:
        raise EnvironmentFault("The model stopped.", "Ask again.")

    heard: list[AnswerEvent] = []
    with pytest.raises(EnvironmentFault, match="stopped"):
        Answerer(searcher, Scripted(TRUE, before=crash)).ask(QUESTION, AskMode.BOTH, CancelToken(), heard.append)
    finished = [event.answer.mode for event in heard if isinstance(event, AnswerFinished)]
    assert finished == [AnswerMode.EXTRACTIVE]


def test_closing_ends_the_model(searcher: Searcher) -> None:
    generator = Scripted()
    Answerer(searcher, generator).close()
    assert generator.closed


@pytest.fixture(scope="module")
def writing(searcher: Searcher) -> Iterator[Answerer]:
    """Answers with the real starter model."""
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed")
    answerer = Answerer(
        searcher, LlamaCppGenerator(starter_generator(), FixedLoading(Settings(2_048, 512, "f16", threads=1)))
    )
    yield answerer
    answerer.close()


@pytest.mark.parametrize(
    "question", [QUESTION, "How much did the Kettle Society earn in 2018?", "How high is the wheel?"]
)
def test_the_starter_model_says_nothing_that_the_papers_do_not(
    writing: Answerer, papers: Library, question: str
) -> None:
    quotes, written = writing.ask(question, AskMode.BOTH, CancelToken())
    assert quotes.status is AnswerStatus.ANSWERED
    assert written.mode is AnswerMode.GENERATED
    assert written.seconds.first_token > quotes.seconds.first_token
    for claim in written.claims:
        assert claim.supported is not bool(claim.fault)
        assert claim.citations or not claim.supported
        for citation in claim.citations:
            page = papers.page(citation.document, citation.page)
            assert page.text[citation.start : citation.end] == citation.quote


def test_stop_is_obeyed_by_the_starter_model(writing: Answerer) -> None:
    cancel = CancelToken()
    stopped: list[float] = []

    def stop() -> None:
        stopped.append(time.monotonic())
        cancel.cancel()

    threading.Timer(0.3, stop).start()
    with pytest.raises(Cancelled):
        writing.ask("What do bees eat in winter, and who brought them?", AskMode.GENERATED, cancel)
    assert time.monotonic() - stopped[0] < PROMPT


class _ByLength:
    """A reranker that likes long passages; fails where it is to."""

    def __init__(self, fault: EnvironmentFault | None = None) -> None:
        self._fault = fault

    def scores(self, question: str, passages: Sequence[str], cancel: CancelToken) -> NDArray[np.float32]:
        cancel.check()
        assert question
        if self._fault:
            raise self._fault
        return np.array([len(passage) for passage in passages], dtype=np.float32)


def test_passages_are_told_before_a_reranker_reads_them_and_after(papers: Library, searcher: Searcher) -> None:
    heard: list[AnswerEvent] = []
    reranking = Answerer(Searcher(papers, reranker=_ByLength), None)
    (answer,) = reranking.ask(QUESTION, AskMode.EXTRACTIVE, CancelToken(), heard.append)
    before, after = (event for event in heard if isinstance(event, PassagesFound))
    assert before == PassagesFound(tuple(searcher.search(QUESTION, 12)))
    assert after == PassagesFound(answer.passages)
    assert {one.chunk_id for one in before.passages} == {one.chunk_id for one in after.passages}
    assert before != after


def test_a_reranker_that_fails_is_told_of_and_takes_no_answer(papers: Library, quoting: Answerer) -> None:
    fault = EnvironmentFault("The model file is missing.")
    heard: list[AnswerEvent] = []
    failing = Answerer(Searcher(papers, reranker=lambda: _ByLength(fault)), None)
    (answer,) = failing.ask(QUESTION, AskMode.EXTRACTIVE, CancelToken(), heard.append)
    assert [event.unranked for event in heard if isinstance(event, PassagesFound)] == [None, fault]
    assert answer.claims == quoting.ask(QUESTION, AskMode.EXTRACTIVE, CancelToken())[0].claims


def test_a_stop_between_search_and_reranker_is_obeyed(papers: Library) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        Answerer(Searcher(papers, reranker=_ByLength), None).ask(
            QUESTION, AskMode.EXTRACTIVE, cancel, lambda _event: cancel.cancel()
        )


def test_a_model_is_told_what_the_terms_mean(library: Library, tmp_path: Path) -> None:
    rule = "No machine may be run during Quiet Hours by anybody. "
    others = "\n\n".join(f"Rule {number} of the workshop: machines are run by day. " * 14 for number in range(14))
    text = f'"Quiet Hours" means the time from nine until seven. {"Doors are shut. " * 50}\n\n{others}\n\n{rule * 14}'
    (tmp_path / "rules.txt").write_text(text, "utf-8")
    library.ingest([tmp_path / "rules.txt"], ProgressSlot(), CancelToken())
    question, generator = "Is there when no machine may be run by anybody?", Scripted("Nobody.")
    searcher = Searcher(library)
    assert all("means the time" not in one.chunk.text for one in searcher.find(question, 12).passages)
    Answerer(searcher, generator).ask(question, AskMode.GENERATED, CancelToken())
    assert "means the time from nine until seven" in generator.asked[0]
