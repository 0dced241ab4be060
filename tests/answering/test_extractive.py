from dataclasses import replace
from datetime import date

import pytest
from made_up import passage

from app.answering import extractive
from app.domain.answers import Polarity, Side
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


def test_the_heading_of_a_section_within_a_passage_is_no_answer() -> None:
    found = passage("The rent is 40 crowns.\nCare of the long workshop\nThe tenant sweeps the workshop with care.")
    (claim, *_) = extractive.answer(Found("What is the care of the long workshop?", (found,)))
    assert claim.text == "The tenant sweeps the workshop with care."
    listed = passage("These are kept:\nkeys of the long workshop\nkeys of the mill and its wheel")
    (claim, *_) = extractive.answer(Found("Which keys of the long workshop are kept?", (listed,)))
    assert "keys of the long workshop" in claim.text


def test_what_a_term_means_is_answered_by_the_sentences_that_say_it_and_no_other() -> None:
    found = passage(
        "AKI is what the AKI rota stands for on its door.\nPatients with acute kidney injury (AKI) are moved first.\n"
        "What does it stand for? AKI cases are counted."
    )
    (claim,) = extractive.answer(Found("What does AKI stand for?", (found,)))
    assert claim.text == "Patients with acute kidney injury (AKI) are moved first."
    assert [claim.text[start:end] for start, end in claim.marked] == ["acute kidney injury"]
    fee = passage("The Late Fee is due at once.\n“Late Fee” means five crowns a day.")
    (claim,) = extractive.answer(Found("What does Late Fee mean?", (fee,)))
    assert (claim.text, claim.marked) == ("“Late Fee” means five crowns a day.", ())


def test_to_a_word_that_was_taken_for_mistyped_nothing_says_yes() -> None:
    found = passage("Abduction of the hip is limited.")
    question = "Is abduction of the hip limited?"
    (claim,) = extractive.answer(Found(question, (found,)))
    assert claim.polarity is Polarity.YES
    (claim,) = extractive.answer(Found(question, (found,), respelt=True))
    assert claim.polarity is None


def test_where_all_is_in_capitals_they_make_no_heading() -> None:
    found = passage("IN CASE OF FIRE CALL 2222.\nDO NOT USE THE LIFTS.\nTHE ASSEMBLY POINT IS THE CAR PARK.")
    for question, answer in (("What is the assembly point?", "CAR PARK"), ("Whom do I call in case of fire?", "2222")):
        assert answer in extractive.answer(Found(question, (found,)))[0].text


def test_words_without_spaces_are_words_too() -> None:
    found = passage("賃貸契約\n賃貸契約は三月三十一日に終了します。\n敷金は一か月以内に返還されます。")
    assert [claim.text for claim in extractive.answer(Found("賃貸契約", (found,)))][:1] == [
        "賃貸契約は三月三十一日に終了します。"
    ]


def test_a_question_is_no_answer() -> None:
    found = passage("May I bring a dog into the mill?\nNo dog may enter the mill, and no cat either.")
    (claim,) = extractive.answer(Found("May I bring a dog?", (found,)))
    assert claim.text == "No dog may enter the mill, and no cat either."


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
    found = replace(passage("The roof was mended.\nThe tiles were laid anew."), sentences=(0.2, 0.6))
    assert "tiles" in extractive.answer(Found("How was the roof repaired?", (found,)))[0].text


def test_what_a_sentence_is_about_may_stand_in_the_one_before_it() -> None:
    found = passage("The mill has a red roof.\nAgnes Dunmore repaired it.\nPetra Valk repaired the barn.")
    found = replace(found, sentences=(0.5, 0.4, 0.5), pairs=(0.5, 0.8, 0.6))
    assert "Agnes" in extractive.answer(Found("Who repaired the roof of the mill?", (found,)))[0].text


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


def test_the_words_that_answer_are_marked(searcher: Searcher) -> None:
    claim = extractive.answer(searcher.find("When was the mill at Orrin built?", 12))[0]
    assert [claim.text[start:end] for start, end in claim.marked] == ["1764"]


def test_a_sentence_that_refers_to_the_one_before_brings_it_in_one_quote() -> None:
    found = passage("The mill at Orrin stands by the river.\nIt was built in 1764 by Agnes Dunmore.")
    (claim,) = extractive.answer(Found("When was it built?", (found,)))
    assert claim.text == "The mill at Orrin stands by the river. It was built in 1764 by Agnes Dunmore."
    assert [citation.quote for citation in claim.citations] == [found.chunk.text]
    assert [claim.text[start:end] for start, end in claim.marked] == ["1764"]


def test_what_is_shown_already_is_not_brought_again() -> None:
    found = passage("Agnes Dunmore built the mill in 1764.\nIt was the first mill that was built in 1764 in Orrin.")
    claims = extractive.answer(Found("Who built the mill in 1764?", (found,)))
    assert [claim.text for claim in claims] == found.chunk.text.split("\n")


DOCUMENTS = (
    "The tenant brings these documents:\n- a passport\n- a reference of the last landlord\nKeys are handed over."
)


@pytest.mark.parametrize(
    ("question", "count"),
    [("Which documents does the tenant bring?", 3), ("Does the tenant need a reference of the landlord?", 2)],
)
def test_a_list_is_one_answer_and_its_item_has_a_lead_in(question: str, count: int) -> None:
    claim = extractive.answer(Found(question, (passage(DOCUMENTS),)))[0]
    lines = DOCUMENTS.split("\n")
    assert claim.text.split("\n") == (lines[:3] if count == 3 else [lines[0], lines[2]])
    assert [citation.quote for citation in claim.citations] == claim.text.split("\n")


def test_a_row_of_a_table_has_its_head_above_it_and_the_cell_marked() -> None:
    found = passage("Ward | 2018 | 2019\nNorth ward | 12 crowns | 14 crowns\nSouth ward | 20 crowns | 25 crowns")
    claim = extractive.answer(Found("What did the south ward pay in 2019?", (found,)))[0]
    assert claim.text == "Ward | 2018 | 2019\nSouth ward | 20 crowns | 25 crowns"
    assert [claim.text[start:end] for start, end in claim.marked] == ["25 crowns"]


def test_yes_and_no_are_said_with_the_quote() -> None:
    found = passage("The tenant may keep dogs.\nThe tenant may not keep cats.")
    for question, says in (("May the tenant keep dogs?", Polarity.YES), ("May the tenant keep cats?", Polarity.NO)):
        assert extractive.answer(Found(question, (found,)))[0].polarity is says


def test_documents_that_do_not_agree_are_shown_side_by_side_with_their_days() -> None:
    old, new = (passage(f"The fee is {fee} crowns.", document=fee) for fee in ("12", "15"))
    days = {"12": date(2018, 5, 3)}
    claims = extractive.answer(Found("How much is the fee?", (new, old)), days.get)
    assert [(claim.text, claim.side) for claim in claims] == [
        ("The fee is 15 crowns.", Side("15", None)),
        ("The fee is 12 crowns.", Side("12", date(2018, 5, 3))),
    ]
    assert [claim.citations[0].document for claim in claims] == ["15", "12"]


def test_what_is_not_is_answered_by_what_says_so() -> None:
    found = passage("The granary burnt down in the fire of 1802.\nThe mill did not burn down in the fire.")
    (first, *_) = extractive.answer(Found("Which house did not burn down in the fire of 1802?", (found,)))
    assert first.text == "The mill did not burn down in the fire."
    only = passage("The granary burnt down in the fire of 1802.")
    assert extractive.answer(Found("Which house did not burn down in the fire of 1802?", (only,))) == []
    # What somebody states may be contradicted.
    assert extractive.answer(Found("The granary did not burn down in the fire of 1802.", (only,)))


def test_what_is_to_be_reckoned_is_answered_by_the_program_alone() -> None:
    accounts = passage("The mill earned 5 crowns in 2018.\nThe mill earned 3 crowns in 2017.")
    found = Found("How much more did the mill earn in 2018 than in 2017?", (accounts,))
    (claim,) = extractive.answer(found)
    assert (claim.text, claim.reckoned) == ("5 crowns (2018) − 3 crowns (2017) = 2 crowns", True)
    assert [citation.quote for citation in claim.citations] == [
        "The mill earned 5 crowns in 2018.",
        "The mill earned 3 crowns in 2017.",
    ]
