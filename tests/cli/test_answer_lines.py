from app.cli.questions import Question
from app.cli.records import answer_record
from app.domain.answers import Answer, AnswerMode, AnswerStatus, Claim


def test_thoughts_are_a_field_of_their_own() -> None:
    claims = (Claim("It is red.", True, ()),)
    answer = Answer("Why?", AnswerStatus.ANSWERED, AnswerMode.GENERATED, claims, (), thoughts="Is it blue?")
    record = answer_record(Question("1", "Why?"), answer)
    assert record["thoughts"] == "Is it blue?"
    assert "blue" not in f"{record['text']}{record['claims']}"
