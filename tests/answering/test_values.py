import pytest

from app.answering.values import spelled

SAME = [
    ("on March 31, 2027", "on 31 March 2027"),
    ("on the 31st of March 2027", "on the 31 March, 2027"),
    ("on 2027-03-31", "on 31.03.2027"),
    ("from 3.5.2027 on", "from May 3rd, 2027 on"),
    ("1.5 million crowns", "1,500,000 crowns"),
    ("three million crowns", "3 million crowns"),
    ("$3.5 million", "3,500,000 dollars"),
    ("USD 3.5m", "US$3,500,000.00"),
    ("5 US dollars", "US$5"),
    ("EUR 1,200", "1200 euros"),
    ("€2bn", "2 billion euros"),
    ("1000 GBP", "£1,000"),
    ("forty-two of ninety members", "42 of 90 members"),
    ("25 per cent", "25%"),
    ("7.5 metres", "7.5m"),
    ("10,000 kilometers", "10000 km"),
    ("20 degrees Celsius", "20 °C"),
    ("5 milligrams", "5mg"),
    ("for twelve hours", "for 12 h"),
]
OTHER = [
    ("on 3/4/2027", "on 4 March 2027"),
    ("on 3 April 2027", "on 4 March 2027"),
    ("1.5 million", "1.5 billion"),
    ("3 million", "3"),
    ("$5", "€5"),
    ("$5", "US$5"),
    ("7.5 metres", "7.5 feet"),
    ("5 mg", "5 g"),
    ("5 m people", "5 million people"),
    ("20 °C", "20 °F"),
    ("one of the members", "1 of the members"),
    ("the twenty-first", "the 20-first"),
    ("version 1.2.3", "version 12.3"),
    ("1.234,5", "12345"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_says_the_same_is_spelled_the_same(one: str, other: str) -> None:
    assert spelled(one).replace(",", "") == spelled(other).replace(",", "")


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_says_something_else_is_not(one: str, other: str) -> None:
    assert spelled(one) != spelled(other)


@pytest.mark.parametrize(
    "text", ["The mill did not burn.", "Clause 12.3 of the lease", "between 2 and 3", "May 2027", ""]
)
def test_other_texts_are_left_alone(text: str) -> None:
    assert spelled(text) == text
