import json
from pathlib import Path

import pytest

from app.answering.follow_up import Completed, EarlierTurn, completed, conversation

EARN = "How much did the Kettle Society earn in 2018?"
MILL = "Who built the mill at Orrin?"
MILL_SAID = "The mill at Orrin was built in 1764 by Agnes Dunmore."
WHEN = "When was the mill at Orrin built?"
TREASURER = "Who is the treasurer of the Kettle Society?"
LEASE = "In the lease between Brackwater Mills and Olsen Joinery: What is the notice period?"
FERRY = "When does the ferry to Skarholm leave in summer?"
LODGER = "What must the lodger pay?"
MIETER = "Was zahlt der Mieter im Jahr 2018?"

FOLLOW_UPS = [
    # A date for a date.
    (EARN, "and in 2019?", "How much did the Kettle Society earn in 2019?"),
    (EARN, "And 2019?", "How much did the Kettle Society earn in 2019?"),
    (EARN, "what about 2019", "How much did the Kettle Society earn in 2019?"),
    (EARN, "in 2019?", "How much did the Kettle Society earn in 2019?"),
    (EARN, "and since May 2019?", "How much did the Kettle Society earn since May 2019?"),
    ("What do the 2018 accounts say of the roof?", "and 2019?", "What do the 2019 accounts say of the roof?"),
    (TREASURER, "and in 2016?", "Who is the treasurer of the Kettle Society in 2016?"),
    ("What was earned between 2010 and 2018?", "and in 2019?", "What was earned between 2010 and 2018, and in 2019?"),
    (MIETER, "und 2019?", "Was zahlt der Mieter im Jahr 2019?"),
    # A name for a name, a phrase for a phrase.
    (EARN, "and the Copper Club?", "How much did the Copper Club earn in 2018?"),
    (TREASURER, "What about the Copper Club?", "Who is the treasurer of the Copper Club?"),
    (TREASURER, "and of the Copper Club?", "Who is the treasurer of the Copper Club?"),
    (TREASURER, "and the secretary?", "Who is the secretary of the Kettle Society?"),
    (MILL, "how about the granary?", "Who built the granary at Orrin?"),
    (MILL, "and at Skarholm?", "Who built the mill at Skarholm?"),
    (LODGER, "and the landlord?", "What must the landlord pay?"),
    (FERRY, "and in winter?", "When does the ferry to Skarholm leave in winter?"),
    ("When does the ferry leave?", "and on Sundays?", "When does the ferry leave on Sundays?"),
    ("How long is the first phase?", "and the second one?", "How long is the second phase?"),
    ("How long is the first phase?", "what about the last?", "How long is the last phase?"),
    (MIETER, "und der Vermieter?", "Was zahlt der Vermieter im Jahr 2018?"),
    # Where no place fits, the part comes last.
    (
        "What is the notice period for the lodger?",
        "and the landlord?",
        "What is the notice period for the lodger, and the landlord?",
    ),
    (WHEN, "what about the second one?", "When was the mill at Orrin built, and the second one?"),
    (MILL, "and __?", "Who built the mill at Orrin, and __?"),
    # A question word alone.
    (MILL, "why?", "Who built the mill at Orrin, and why?"),
    (MILL, "And when exactly?", "Who built the mill at Orrin, and when?"),
    (WHEN, "by whom?", "When was the mill at Orrin built, and by whom?"),
    (EARN, "why not?", "How much did the Kettle Society earn in 2018, and why not?"),
    (MIETER, "warum?", "Was zahlt der Mieter im Jahr 2018, und warum?"),
    # Pronouns.
    (MILL, "When was it built?", "When was the mill at Orrin built?"),
    (WHEN, "Who built it?", "Who built the mill at Orrin?"),
    (WHEN, "and who repaired it?", "Who repaired the mill at Orrin?"),
    (WHEN, "How high is its wheel?", "How high is the mill at Orrin’s wheel?"),
    (WHEN, "Who works there?", "Who works in the mill at Orrin?"),
    (EARN, "What did they spend?", "What did the Kettle Society spend?"),
    (TREASURER, "When was it founded?", "When was the Kettle Society founded?"),
    (TREASURER, "Where does she live?", "Where does the treasurer of the Kettle Society live?"),
    (MILL, "When did she die?", "When did the one who built the mill at Orrin die?"),
    ("What does the keeper feed the bees in winter?", "Where does he live?", "Where does the keeper live?"),
    ("How do chloroplasts reproduce?", "What colour are they?", "What colour are chloroplasts?"),
    ("When did the bishop travel to Rome?", "Who sent him?", "Who sent the bishop?"),
    ("Why?", "Who signed this?", "Why? Who signed this?"),
    # The document that the question before names.
    (LEASE, "Who signed it?", "In the lease between Brackwater Mills and Olsen Joinery: Who signed it?"),
    (
        LEASE,
        "When does the lease end?",
        "In the lease between Brackwater Mills and Olsen Joinery: When does the lease end?",
    ),
    (LEASE, "why?", "In the lease between Brackwater Mills and Olsen Joinery: What is the notice period, and why?"),
    (
        LEASE,
        "and in the lease between Hale and Dunmore?",
        "In the lease between Hale and Dunmore: What is the notice period?",
    ),
    (
        "What is the notice period in the lease between Brackwater and Olsen?",
        "and the deposit?",
        "In the lease between Brackwater and Olsen: What is the deposit?",
    ),
]

STAND_ALONE = [
    (EARN, "How much did the Kettle Society spend in 2019?"),
    (MILL, "How many people are there?"),
    (MILL, "Is it true that the mill burnt?"),
    (MILL, "How long does it take to walk to Skarholm?"),
    (MILL, "Who said that the ferry leaves at six?"),
    (MILL, "What did Pastor Lindqvist bring to his valley?"),
    (MILL, "Did the keeper say why he left?"),
    (MILL, "What does the treasurer do when she leaves?"),
    (MILL, "Why is that river important?"),
    (MILL, "notice period"),
    (MILL, "2019"),
    (MILL, "And what does the ferry carry?"),
    (LEASE, "When does the treaty end?"),
    (LEASE, "Who is the treasurer of the Kettle Society?"),
    (LEASE, "In the licence between Hale and Dunmore: who signed it?"),
    (LEASE, "And Justice for All: who wrote the story and why did he write it?"),
    (MILL, "it " * 100),
]


@pytest.mark.parametrize(("before", "question", "alone"), FOLLOW_UPS)
def test_a_follow_up_says_what_it_left_out(before: str, question: str, alone: str) -> None:
    assert completed(question, [EarlierTurn(before)]).question == alone
    assert completed(question, []) == Completed(question)


@pytest.mark.parametrize(("before", "question"), STAND_ALONE)
def test_a_question_that_stands_alone_is_left_as_it_is(before: str, question: str) -> None:
    assert completed(question, [EarlierTurn(before)]) == Completed(question)


def test_a_rule_is_sure_but_where_it_puts_one_question_after_the_other() -> None:
    unsure = {question for before, question, _ in FOLLOW_UPS if not completed(question, [EarlierTurn(before)]).sure}
    assert unsure == {"and in 2019?", "and the landlord?", "what about the second one?", "and __?", "Who signed this?"}
    assert completed("and in 2019?", [EarlierTurn(EARN)]).sure


def test_a_person_is_called_by_the_name_that_the_answer_gave() -> None:
    assert completed("When did she die?", [EarlierTurn(MILL, MILL_SAID)]).question == "When did Agnes Dunmore die?"
    assert (
        completed("What was her trade?", [EarlierTurn(MILL, MILL_SAID)]).question == "What was Agnes Dunmore’s trade?"
    )
    two = f"{MILL_SAID} The wheel is by Petra Valk."
    assert (
        completed("Why did she?", [EarlierTurn(MILL, two)]).question == "Why did the one who built the mill at Orrin?"
    )


def test_a_follow_up_may_follow_a_follow_up() -> None:
    turns = conversation([EARN, "and in 2019?", "and the Copper Club?"])
    assert [turn.question for turn in turns] == [
        EARN,
        "How much did the Kettle Society earn in 2019?",
        "How much did the Copper Club earn in 2019?",
    ]


def test_real_questions_that_stand_alone_are_left_as_they_are(evaluation: Path) -> None:
    """Each after one of the other set, so that nothing in it can be meant; one in 200 may be changed."""
    asked = {
        name: [
            json.loads(line)["text"]
            for file in ("queries.jsonl", "queries_unanswerable.jsonl")
            for line in (evaluation / name / file).read_text("utf-8").splitlines()
        ]
        for name in ("squad", "cuad")
    }
    pairs = [
        (question, asked[other][number % len(asked[other])])
        for name, other in (("squad", "cuad"), ("cuad", "squad"), ("squad", "squad"))
        for number, question in enumerate(asked[name], start=7)
    ]
    changed = [
        question for question, before in pairs if completed(question, [EarlierTurn(before)]).question != question
    ]
    assert len(pairs) > 3_000
    assert len(changed) <= len(pairs) / 200, changed
