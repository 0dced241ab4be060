import pytest
from made_up import passage

from app.answering.evidence import sentences_of
from app.answering.expected import Kind, asked_for, has_expected, values

SENTENCES = sentences_of(
    [passage("The barn was roofed in May 1874.\nForty men worked on it.\nIt was Agnes who paid.\nIt is dry.")]
)


@pytest.mark.parametrize(
    ("question", "having"),
    [
        ("When was the barn roofed?", [True, False, False, False]),
        ("In what year was it?", [True, False, False, False]),
        ("How many men worked?", [False, True, False, False]),
        ("Who paid?", [False, False, True, False]),
        ("Was it Agnes who paid in May?", [False, False, False, False]),
        ("Is it dry?", [True, True, True, True]),
        ("Wie viele waren es?", [True, True, True, True]),
    ],
)
def test_what_the_form_of_a_question_tells(question: str, having: list[bool]) -> None:
    assert [has_expected(question)(sentence) for sentence in SENTENCES] == having


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("The mill burnt down when?", Kind.DATE),
        ("Which centuries did it stand?", Kind.DATE),
        ("How old was she when she died?", Kind.NUMBER),
        ("What is the number of sails?", Kind.NUMBER),
        ("By 1802, how many sails did it have?", Kind.NUMBER),
        ("After the fire, where did they mill?", Kind.PLACE),
        ("It was sold to whom?", Kind.PERSON),
        ("It lies near which town?", Kind.PLACE),
        ("What did the miller do when it burnt?", None),
        ("Why did the man who built it leave?", None),
        ("It burnt when the miller did what?", None),
    ],
)
def test_the_first_word_that_asks_tells(question: str, kind: Kind | None) -> None:
    assert asked_for(question) is kind


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (Kind.DATE, "From 3 May 1764 to June 1802, or on 2001-02-03.", ["3 May 1764", "June 1802", "2001-02-03"]),
        (Kind.DATE, "In the 1980s, as in the 12th century, 1,500 men came.", ["1980s", "12th century"]),
        (Kind.NUMBER, "In 1764, 4,120 crowns and $3.5 million or 12 %.", ["4,120", "$3.5 million", "12 %"]),
        (Kind.NUMBER, "Twenty-five men and three hundred sheep", ["Twenty-five", "three hundred"]),
        (Kind.PERSON, "In May, Agnes Dunmore met the Bishop of Orrin.", ["Agnes Dunmore", "Bishop of Orrin"]),
        (Kind.PERSON, "When the Smith came on Monday, they left.", ["Smith"]),
    ],
)
def test_values_are_found_whole(kind: Kind, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in values(kind, text)] == found
