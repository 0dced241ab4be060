from dataclasses import replace

import pytest
from made_up import passage

from app.answering import extractive
from app.library.library import Library
from app.retrieval.search import Found, Ranking, Searcher


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who built the mill at Orrin?", "Agnes Dunmore"),
        ("How much did the Kettle Society spend on the roof?", "3,900 crowns"),
        ("What time does the boat to Skarholm sail?", "six in the morning"),
        ("Which clergyman introduced grey bees?", "Pastor Lindqvist"),
    ],
)
def test_the_answer_is_among_the_best_sentences(searcher: Searcher, question: str, answer: str) -> None:
    claims = extractive.answer(searcher.find(question, 12))
    assert answer in " ".join(claim.text for claim in claims)
    assert 1 <= len(claims) <= extractive.MOST_CLAIMS
    assert all(claim.supported and not claim.fault for claim in claims)


def test_quotes_are_what_stands_on_the_page(papers: Library, searcher: Searcher) -> None:
    for claim in extractive.answer(searcher.find("How high is the wheel of the mill?", 12)):
        assert claim.citations
        for citation in claim.citations:
            page = papers.page(citation.document, citation.page)
            assert page.text[citation.start : citation.end] == citation.quote
        assert claim.text == " ".join(" ".join(citation.quote for citation in claim.citations).split())


def test_a_heading_is_no_answer_while_there_are_sentences(searcher: Searcher) -> None:
    claims = extractive.answer(searcher.find("What about the ferry?", 12))
    assert "The ferry" not in [claim.text for claim in claims]


@pytest.mark.parametrize("lead_in", ["THE TERM OF THE LEASE.", "As to the term of the lease:"])
def test_what_only_leads_to_an_answer_is_none(lead_in: str) -> None:
    found = passage(f"{lead_in}\nIt runs until the last day of March in the fourth year.")
    (claim,) = extractive.answer(Found("What is the term of the lease?", (found,)))
    assert claim.text == "It runs until the last day of March in the fourth year."


def test_what_is_asked_for_is_in_the_answer() -> None:
    found = passage("Ms Valk keeps the accounts of the society.\nThe accounts of the society go back to 1874.")
    for question, answer in (("Since when are there accounts?", "1874"), ("Who keeps the accounts?", "Valk")):
        assert answer in extractive.answer(Found(question, (found,)))[0].text


def test_a_sentence_that_meets_the_question_word_by_word_comes_first() -> None:
    found = replace(passage("The roof was mended in May.\nThe tiles were laid anew in spring."), sentences=(0.2, 0.6))
    assert "tiles" in extractive.answer(Found("In which season was the roof repaired?", (found,)))[0].text


def test_a_second_sentence_is_shown_where_it_is_worth_it() -> None:
    text = "The roof was repaired in spring.\nThe roof was mended in May.\nThe barn stands by the road."
    question = "When was the roof repaired?"
    for sentences, count in (((0.8, 0.7, 0.1), 2), ((0.8, 0.2, 0.1), 1)):
        found = replace(passage(text), sentences=sentences)
        assert len(extractive.answer(Found(question, (found,)))) == count


def test_words_alone_answer_too(papers: Library) -> None:
    claims = extractive.answer(Searcher(papers, Ranking.WORDS).find("Who built the mill at Orrin?", 12))
    assert "Agnes Dunmore" in claims[0].text


def test_nothing_found_is_nothing_said() -> None:
    assert extractive.answer(Found("Who?", ())) == []
