from dataclasses import replace

from made_up import passage

from app.answering.evidence import Sentence, cite, sentences_of
from app.domain.documents import Chunk, Span


def test_a_sentence_over_a_page_break_has_a_citation_on_each_page() -> None:
    pages = {3: "End of the page. The wheel of", 4: "the mill\nis high. More."}
    chunk = Chunk(0, f"{pages[3][17:]}\n{pages[4]}", (Span(3, 17, 29), Span(4, 0, 23)), ((0, 30), (31, 36)))
    whole, short = sentences_of([replace(passage("x"), chunk=chunk)])
    assert whole.text == "The wheel of the mill is high."
    citations = cite(whole)
    assert [(citation.page, citation.quote) for citation in citations] == [
        (3, "The wheel of"),
        (4, "the mill\nis high."),
    ]
    for citation in (*citations, *cite(short)):
        assert pages[citation.page][citation.start : citation.end] == citation.quote


def test_a_citation_says_where_it_is_from() -> None:
    found = passage("One.\nTwo.", document="abc", title="Numbers")
    (citation,) = cite(Sentence(found, 1))
    assert (citation.document, citation.path, citation.title) == ("abc", "abc.txt", "Numbers")
    assert (citation.page, citation.start, citation.end, citation.quote) == (1, 5, 9, "Two.")


def test_a_sentence_is_what_is_seen_of_it_and_its_quote_is_what_stands_there() -> None:
    hidden = "Pay\u200b \u202ellory\u202c\U000e0041 now,\u00ad\u3164 please."
    (sentence,) = sentences_of([passage(hidden)])
    assert sentence.text == "Pay llory now, please."
    assert [citation.quote for citation in cite(sentence)] == [hidden]
