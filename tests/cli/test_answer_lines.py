from datetime import date

from app.cli.program import answer_text
from app.cli.questions import Question
from app.cli.records import answer_record
from app.domain.answers import Answer, AnswerMode, AnswerStatus, Citation, Claim, Polarity, Side

OLD = Citation("a" * 64, "/papers/old.pdf", "Old fees", 3, 0, 21, "The fee is 12 crowns.")
NEW = Citation("b" * 64, "/papers/new.pdf", "New fees", 1, 0, 21, "The fee is 15 crowns.")


def _quoted(*claims: Claim) -> Answer:
    return Answer("How much is it?", AnswerStatus.ANSWERED, AnswerMode.EXTRACTIVE, claims, ())


def test_thoughts_are_a_field_of_their_own() -> None:
    claims = (Claim("It is red.", True, ()),)
    answer = Answer("Why?", AnswerStatus.ANSWERED, AnswerMode.GENERATED, claims, (), thoughts="Is it blue?")
    record = answer_record(Question("1", "Why?"), answer)
    assert record["thoughts"] == "Is it blue?"
    assert "blue" not in f"{record['text']}{record['claims']}"


def test_documents_that_do_not_agree_are_told_with_their_days() -> None:
    answer = _quoted(
        Claim(NEW.quote, True, (NEW,), marked=((11, 13),), side=Side("15", None)),
        Claim(OLD.quote, True, (OLD,), marked=((11, 13),), side=Side("12", date(2018, 5, 3))),
    )
    assert answer_text(answer).splitlines() == [
        "The documents do not agree:",
        "The fee is 15 crowns.  [New fees, page 1]",
        "The fee is 12 crowns.  [Old fees, page 3; of 2018-05-03]",
    ]
    new, old = answer_record(Question("1", ""), answer)["claims"]
    assert (new["side"], new["marked"]) == ({"value": "15", "day": None}, ((11, 13),))
    assert old["side"] == {"value": "12", "day": "2018-05-03"}


def test_yes_and_the_lines_of_a_list_are_shown() -> None:
    answer = _quoted(
        Claim("You may.", True, (OLD,), polarity=Polarity.YES), Claim("Bring:\n- a key\n- a lamp", True, (NEW, NEW))
    )
    assert answer_text(answer).splitlines() == [
        "Yes: You may.  [Old fees, page 3]",
        "Bring:",
        "- a key",
        "- a lamp  [New fees, page 1]",
    ]
    assert [claim["polarity"] for claim in answer_record(Question("1", ""), answer)["claims"]] == ["yes", None]
