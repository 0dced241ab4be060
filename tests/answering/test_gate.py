from dataclasses import replace

import pytest
from made_up import passage

from app.answering import gate
from app.library.library import Library
from app.retrieval.search import Found, Ranking, Searcher

ANSWERED = (
    "Who built the mill at Orrin?",
    "What did the society spend on the roof of the barn?",
    "When does the ferry leave?",
    "How many bees are in a hive?",
    "Who is the treasurer of the society?",
)
FOREIGN = (
    "Which enzyme repairs oxidised guanine in mitochondrial DNA?",
    "What is the capital of Mongolia?",
    "How do I reset the password of my router?",
    "Does aspirin lower the risk of stroke in diabetics?",
)

# They share a word or two with the papers.
FOREIGN_THINGS = (
    "How many passengers died on the Titanic?",
    "What is the height of the wheel at the London fair?",
    "Who feeds the tigers in the zoo?",
    "What did the bank pay for the roof insurance of its branch in Geneva?",
)


@pytest.mark.parametrize("question", ANSWERED)
def test_it_opens_for_what_the_papers_tell(searcher: Searcher, papers: Library, question: str) -> None:
    assert gate.relevant(searcher.find(question, 12))
    assert gate.relevant(Searcher(papers, Ranking.WORDS).find(question, 12))


@pytest.mark.parametrize("question", FOREIGN + FOREIGN_THINGS)
def test_it_stays_shut_for_what_they_do_not(searcher: Searcher, papers: Library, question: str) -> None:
    assert not gate.relevant(searcher.find(question, 12))
    assert not gate.relevant(Searcher(papers, Ranking.WORDS).find(question, 12))


@pytest.mark.parametrize("question", ANSWERED + FOREIGN_THINGS)
def test_it_does_so_with_an_embedder_that_finds_all_texts_alike(narrow_searcher: Searcher, question: str) -> None:
    assert gate.relevant(narrow_searcher.find(question, 12)) is (question in ANSWERED)


def test_it_stays_shut_where_nothing_was_found() -> None:
    assert not gate.relevant(Found("Who?", ()))


@pytest.mark.parametrize(("text", "near"), [("Agnes Dunmore built the mill at Orrin.", True), ("The mill.", False)])
def test_the_words_of_the_question_count_beside_what_the_embedder_sees(text: str, near: bool) -> None:
    seen = replace(passage(text), meaning=0.5, met=0.5, sentences=(0.5,), pairs=(0.45,))
    assert gate.relevant(Found("Who built the mill at Orrin?", (seen,))) is near
    # None of them is enough alone.
    for weaker in (replace(seen, meaning=0.2), replace(seen, met=0.3), replace(seen, pairs=(0.2,))):
        assert not gate.relevant(Found("Who built the mill at Orrin?", (weaker,)))


def test_what_an_abbreviation_stands_for_is_told_only_by_what_writes_it_out() -> None:
    used = passage("The AKI rota of the ward stands by the door, and AKI cases stand on it.")
    told = passage("Patients are moved on Mondays, those with acute kidney injury (AKI) first.", ordinal=1)
    question = "What does AKI stand for?"
    near = replace(used, words=1.0, meaning=0.9)
    assert not gate.relevant(Found(question, (near,)))
    assert gate.relevant(Found(question, (near, replace(told, words=0.1, meaning=0.01))))
    assert gate.relevant(Found("Where does the AKI rota stand?", (near,)))


@pytest.mark.parametrize(
    ("rank", "named", "opens"), [(5, True, True), (6, True, False), (8, False, True), (9, False, False)]
)
def test_it_looks_at_fewer_passages_of_a_document_that_is_named(rank: int, named: bool, opens: bool) -> None:
    far, near = passage("Something else."), passage("The mill at Orrin is old.")
    found = Found("Which mill at Orrin is old?", (*[far] * (rank - 1), replace(near, meaning=0.9)), named=named)
    assert gate.relevant(found) is opens
