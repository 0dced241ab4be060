import pytest

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


@pytest.mark.parametrize("question", ANSWERED)
def test_it_opens_for_what_the_papers_tell(searcher: Searcher, papers: Library, question: str) -> None:
    assert gate.relevant(searcher.find(question, 12))
    assert gate.relevant(Searcher(papers, Ranking.WORDS).find(question, 12))


@pytest.mark.parametrize("question", FOREIGN)
def test_it_stays_shut_for_what_they_do_not(searcher: Searcher, papers: Library, question: str) -> None:
    assert not gate.relevant(searcher.find(question, 12))
    assert not gate.relevant(Searcher(papers, Ranking.WORDS).find(question, 12))


def test_it_stays_shut_where_nothing_was_found() -> None:
    assert not gate.relevant(Found("Who?", ()))
