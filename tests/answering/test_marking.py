import pytest

from app.answering.marking import marks


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("When was the mill built?", "The mill at Orrin was built in 1764 by Agnes Dunmore.", ["1764"]),
        ("Who built the mill at Orrin?", "The mill at Orrin was built in 1764 by Agnes Dunmore.", ["Agnes Dunmore"]),
        ("How high is the wheel?", "Its wheel is 7.5 metres high, and since 1802 of iron.", ["7.5"]),
        ("Where was the bell cast?", "The bell was cast in Skarholm for the Kettle Society.", ["Skarholm"]),
        ("Where does Agnes Dunmore live?", "Agnes Dunmore lives with Petra Valk.", []),
        ("How much is the deposit?", "The deposit is 1,450 euros and is due now.", ["1,450 euros"]),
        ("How much is the deposit?", "The deposit of EUR 1,450 is due now.", ["EUR 1,450"]),
        ("How much is the deposit?", "The deposit is US$1,450.", ["US$1,450"]),
        ("How many mills are there?", "There are in the US 1,450 mills.", ["1,450"]),
        ("How many keys are there?", "There are 4 keys for a pound.", ["4"]),
        # two are as near
        ("Who built the mill?", "Sold by Agnes Dunmore, the mill was built by Petra Valk.", []),
        # one word of which nobody knows whether it is a name
        ("Who repaired the roof?", "Tilers repaired the roof.", []),
        # the question has it itself
        ("When was the mill of 1764 burnt?", "The mill of 1764 was burnt by soldiers.", []),
        # nothing is known of what the answer looks like
        ("Why was the mill built?", "The mill was built in 1764 for the garrison.", []),
    ],
)
def test_only_what_surely_answers_is_marked(question: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in marks(question, text)] == marked
