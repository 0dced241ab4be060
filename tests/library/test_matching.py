from app.library.matching import TOKENIZER, places
from app.library.schema import MIGRATIONS


def test_places_are_those_of_the_index() -> None:
    texts = ["No rent is due.", "Rents, and the Renter’s rent; café", "", "The RENTED room", "current"]
    found = places('"rent"', texts)
    assert {number: [texts[number][start:end] for start, end in marked] for number, marked in found.items()} == {
        0: ["rent"],
        1: ["Rents", "rent"],
        3: ["RENTED"],
    }
    ((start, end),) = places('"the renter"', texts)[1]
    assert texts[1][start:end] == "the Renter"
    assert places('"cafe"', texts) == {1: ((30, 34),)}
    assert places('""', texts) == {}


def test_words_are_told_as_the_ledger_tells_them() -> None:
    assert f"tokenize='{TOKENIZER}'" in "".join(MIGRATIONS)
