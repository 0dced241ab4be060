from dataclasses import replace
from datetime import date

from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.answers import NEAREST, Answer, AnswerMode, AnswerStatus, Citation, Claim, Passage, Polarity, Side
from app.domain.documents import Chunk, Span
from app.domain.errors import EnvironmentFault
from app.ui.turn import DISAGREEING, ShownClaim, Turn, as_text, dated_words, place_words
from app.ui.turn_view import QUOTES_AT_ONCE, TurnView, fault_words, verdict_words

CONTRACT = Citation("a" * 64, "/papers/Contract.pdf", "Contract", 3, 10, 40, "The fee is 48,600 pounds.")
POLICY = Citation("b" * 64, "/papers/Policy.docx", "Policy", 2, 0, 20, "Hands are cleaned.")


def _claim(text: str, *citations: Citation, fault: str = "") -> Claim:
    return Claim(text, not fault, citations, fault)


def test_a_place_keeps_its_number_in_both_answers() -> None:
    turn = Turn("What is the fee?")
    turn.take_claim(AnswerMode.EXTRACTIVE, _claim("The fee is 48,600 pounds.", CONTRACT))
    turn.take_claim(AnswerMode.GENERATED, _claim("Hands are cleaned.", POLICY))
    turn.take_claim(AnswerMode.GENERATED, _claim("It costs 48,600 pounds.", CONTRACT, POLICY))
    assert [mark.number for mark in turn.quotes[0].marks] == [1]
    assert [[mark.number for mark in claim.marks] for claim in turn.claims] == [[2], [1, 2]]


def test_what_failed_its_check_is_kept_apart() -> None:
    turn = Turn("What is the fee?")
    turn.take_claim(AnswerMode.GENERATED, _claim("The fee is 10 pounds.", CONTRACT, fault="“10” is not in the text."))
    assert not turn.claims
    assert [(shown.text, shown.fault, shown.marks) for shown in turn.withheld] == [
        ("The fee is 10 pounds.", "“10” is not in the text.", ())
    ]
    assert not turn.answered


def test_nearest_passages_stand_in_for_an_answer() -> None:
    chunk = Chunk(0, "End of page one.\nGoes on.", (Span(4, 100, 116), Span(5, 0, 8)), ((0, 16), (17, 25)))
    passages = tuple(Passage(n, "a" * 64, "/p/Contract.pdf", "Contract", chunk, 1.0, 0.2, 0.3) for n in range(9))
    turn = Turn("Who walked on the moon?")
    turn.take_answer(Answer("", AnswerStatus.NOT_FOUND, AnswerMode.EXTRACTIVE, (), passages))
    assert turn.not_found
    assert len(turn.nearest) == NEAREST
    assert turn.nearest[0].citation == Citation(
        "a" * 64, "/p/Contract.pdf", "Contract", 4, 100, 116, "End of page one."
    )


def test_copied_answer_names_its_places() -> None:
    turn = Turn("What is the fee?")
    turn.take_claim(AnswerMode.EXTRACTIVE, _claim("The fee is 48,600 pounds.", CONTRACT))
    turn.take_claim(AnswerMode.GENERATED, _claim("Hands are cleaned.", POLICY))
    turn.take_claim(AnswerMode.GENERATED, _claim("The fee is 10 pounds.", CONTRACT, fault="no"))
    assert as_text(turn).splitlines() == [
        "What is the fee?",
        "",
        "“The fee is 48,600 pounds.” [1]",
        "",
        "Written by a model, checked against the documents:",
        "Hands are cleaned. [2]",
        "",
        "[1] Contract.pdf, page 3 (/papers/Contract.pdf)",
        "[2] Policy.docx, section 2 (/papers/Policy.docx)",
    ]


def test_copied_answer_says_what_was_looked_for() -> None:
    turn = Turn("and in 2019?", asked="What is the fee in 2019?")
    assert as_text(turn).splitlines()[:2] == ["and in 2019?", "Looked for: What is the fee in 2019?"]


def test_quotes_that_do_not_agree_and_those_that_say_yes_are_copied_so() -> None:
    turn = Turn("What is the fee?")
    for value, day in (("48,600", date(2024, 4, 1)), ("50,000", None)):
        turn.take_claim(
            AnswerMode.EXTRACTIVE,
            replace(_claim(f"The fee is {value}.", CONTRACT), marked=((11, 17),), side=Side(value, day)),
        )
    assert turn.disagreeing
    assert verdict_words(turn) == DISAGREEING
    assert [(shown.answering, dated_words(shown)) for shown in turn.quotes] == [
        (((11, 17),), "From a document of 1 April 2024"),
        (((11, 17),), ""),
    ]
    assert as_text(turn).splitlines()[2:5] == [
        DISAGREEING,
        "“The fee is 48,600.” [1] (From a document of 1 April 2024)",
        "“The fee is 50,000.” [1]",
    ]
    sure = Turn("May I?")
    sure.take_claim(AnswerMode.EXTRACTIVE, replace(_claim("You may.", POLICY, POLICY), polarity=Polarity.YES))
    assert (sure.disagreeing, verdict_words(sure)) == (False, "")
    assert as_text(sure).splitlines()[2] == "Yes: “You may.” [1]"


def test_places_are_named_as_a_person_would() -> None:
    assert place_words(CONTRACT) == "Contract.pdf, page 3"
    assert place_words(POLICY) == "Policy.docx, section 2"
    hebrew = replace(POLICY, path="/papers/\u05d7\u05d5\u05d6\u05d4.docx")
    assert place_words(hebrew) == "\u2068\u05d7\u05d5\u05d6\u05d4.docx\u2069, section 2"


def test_why_it_was_looked_for_by_words_only_is_said_until_something_worse_is() -> None:
    turn = Turn("What is the fee?")
    assert fault_words(turn) == ""
    turn.words_only = "The server does not answer. Start it."
    assert fault_words(turn) == "Looked for by words only. The server does not answer. Start it."
    turn.error = EnvironmentFault("The disk is full.")
    assert fault_words(turn) == "The disk is full."


def test_why_the_reranker_was_left_out_is_said_where_nothing_worse_is() -> None:
    turn = Turn("What is the fee?", unranked="The model file model.onnx is missing.")
    assert fault_words(turn) == "Found without the reranker. The model file model.onnx is missing."
    turn.words_only = "The server does not answer."
    assert fault_words(turn) == "Looked for by words only. The server does not answer."


def test_what_the_program_reckoned_is_no_quote(qtbot: QtBot) -> None:
    turn = Turn("How much more is the fee in 2024 than in 2023?")
    turn.take_claim(AnswerMode.EXTRACTIVE, replace(_claim("5 − 3 = 2", CONTRACT, POLICY), reckoned=True))
    assert as_text(turn).splitlines()[2] == "5 − 3 = 2 [1] [2]"
    view = TurnView(turn, lambda _mark: None)
    qtbot.addWidget(view)
    view.refresh()
    shown = [label.text() for label in view.findChildren(QLabel)]
    assert "Reckoned from your documents" in shown
    assert not any("word for word" in text or "“" in text for text in shown)


def test_what_two_documents_say_is_quoted_apart(qtbot: QtBot) -> None:
    turn = Turn("Compare these two documents")
    both = replace(_claim("Rent: 40.\nRent: 46.", CONTRACT, POLICY), marked=((6, 8), (16, 18)))
    turn.take_claim(AnswerMode.EXTRACTIVE, both)
    (shown,) = turn.quotes
    assert shown.said == "“Rent: 40.”\n“Rent: 46.”"
    assert [shown.said[start:end] for start, end in shown.bold] == ["40", "46"]
    view = TurnView(turn, lambda _mark: None)
    qtbot.addWidget(view)
    (label,) = (label.text() for label in view.findChildren(QLabel) if "<b>" in label.text())
    assert "“Rent: <b>40</b>.”<br>“Rent: <b>46</b>.”" in label
    one = ShownClaim("Two lines\nof one list", shown.marks[:1], answering=((10, 12),))
    assert one.said == "“Two lines\nof one list”"
    assert [one.said[start:end] for start, end in one.bold] == ["of"]


def _listed(number: int) -> Turn:
    turn = Turn("Where is the fee mentioned?")
    for place in range(number):
        heading = "Contract.pdf: 2 places" if place < 2 else "Policy.docx: many places"
        citation = replace(CONTRACT if place < 2 else POLICY, start=place, end=place + 5)
        turn.take_claim(AnswerMode.EXTRACTIVE, replace(_claim(f"Fee {place}.", citation), heading=heading))
    return turn


def test_quotes_stand_below_their_heading(qtbot: QtBot) -> None:
    turn = _listed(4)
    view = TurnView(turn, lambda _mark: None)
    qtbot.addWidget(view)
    view.refresh()
    shown = [label.text() for label in view.findChildren(QLabel)]
    assert [text for text in shown if "places" in text] == ["Contract.pdf: 2 places", "Policy.docx: many places"]
    assert as_text(turn).splitlines()[2:8] == [
        "Contract.pdf: 2 places:",
        "“Fee 0.” [1]",
        "“Fee 1.” [2]",
        "Policy.docx: many places:",
        "“Fee 2.” [3]",
        "“Fee 3.” [4]",
    ]


def test_very_many_quotes_are_shown_bit_by_bit(qtbot: QtBot) -> None:
    turn = _listed(2 * QUOTES_AT_ONCE + 3)
    view = TurnView(turn, lambda _mark: None)
    qtbot.addWidget(view)
    view.show()

    def quotes() -> int:
        return sum("“" in label.text() for label in view.findChildren(QLabel))

    (more,) = (button for button in view.findChildren(QPushButton) if button.text().startswith("Show"))
    assert quotes() == QUOTES_AT_ONCE
    assert more.text() == f"Show {QUOTES_AT_ONCE} more of {QUOTES_AT_ONCE + 3} quotes"
    assert view.stops().index(more) > 0
    more.click()
    assert more.text() == "Show 3 more of 3 quotes"
    more.click()
    assert quotes() == 2 * QUOTES_AT_ONCE + 3
    assert not more.isVisible()
    assert len(as_text(turn).splitlines()) > 2 * (2 * QUOTES_AT_ONCE + 3)
