from itertools import product

import pytest

from app.library.library import Library
from app.retrieval.words import MOST_TERMS, asks, content_stems, expression, part_in, stems

AWKWARD = [
    "", " ", "?", '"', '""', '"unclosed', "it's", "a OR b AND NOT c", "NEAR(a b, 3)", "title:barn", "barn*", "^barn",
    "(barn", "{title heading}: barn", "-barn", "+barn", "barn\0roof", "_", "__ _", "foo_bar", "²", "½", "東京タワー",
    "приве́т", "e\u0301te\u0301", "👩\u200d🚜", "\ud800", "’", "“ ”", '"the"', "a\tb\nc", "'; DROP TABLE words; --",
    "barn " * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("question", AWKWARD)
def test_nothing_in_a_question_acts_as_syntax(by_words: Library, question: str) -> None:
    found = expression(question)
    if found:
        by_words.find_words(found, 5)


def test_no_two_marks_together_act_as_syntax(by_words: Library) -> None:
    pairs = product([chr(code) for code in range(128) if not chr(code).isalpha()], repeat=2)
    for found in {expression(f"{first}barn{second}roof{first}") for first, second in pairs}:
        by_words.find_words(found, 1)


def test_small_words_are_left_out_unless_there_are_no_others() -> None:
    assert expression("What is the term of the lease?") == '"term" OR "lease"'
    assert expression("To be or not to be") == '"to" OR "be" OR "or" OR "not"'


def test_words_are_found_whose_letters_are_joined_in_a_pdf() -> None:
    joined = (
        "the o\N{LATIN SMALL LIGATURE FFI}cer speci\N{LATIN SMALL LIGATURE FI}es the \N{LATIN SMALL LIGATURE FL}oor"
    )
    assert stems(joined) == stems("the officer specifies the floor")
    known = {"o\N{LATIN SMALL LIGATURE FFI}cer": 3}
    asked = expression("Which officer specifies it?", lambda term: known.get(term, 0))
    assert asked == '"officer" OR "specifies" OR "o\N{LATIN SMALL LIGATURE FFI}cer"'


@pytest.mark.parametrize(
    ("question", "telling"),
    [
        ("Wie hoch ist die Kaution für die Wohnung?", "hoch Kaution Wohnung"),
        ("Was war der Grund, und wann hat man ihn genannt?", "Grund genannt"),
        ("Quel est le montant de la caution ?", "montant caution"),
        ("¿Cuánto cuesta la licencia del puerto?", "cuesta licencia puerto"),
        ("Quanto costa la licenza per il porto?", "costa licenza porto"),
        ("Why did the man die in the war?", "man die war"),
    ],
)
def test_small_words_are_those_of_the_language_of_the_question(question: str, telling: str) -> None:
    assert content_stems(question) == stems(telling)


def test_a_phrase_in_quotation_marks_counts_as_a_whole(by_words: Library) -> None:
    def first(question: str) -> str:
        chunk_id, _ = by_words.find_words(expression(question), 1)[0]
        return by_words.chunks([chunk_id])[0].path

    assert first("long barn roof").endswith("barn.txt")
    assert first('"the long barn" roof').endswith("accounts.txt")
    assert '"long barn"' in expression("the “long barn”")


def test_a_pasted_text_asks_for_its_first_words_only() -> None:
    assert expression(" ".join(f"word{number}" for number in range(10_000))).count(" OR ") == MOST_TERMS - 1


def test_the_forms_of_a_word_have_one_stem() -> None:
    assert stems("terminated") == stems("Termination")
    assert content_stems("How was it terminated?") == stems("terminates")
    assert stems("fees of the policies, and PPPs") == stems("fee of the policy and PPP")
    assert stems("gas glass virus basis") == {"gas", "glass", "virus", "basis"}
    assert not stems("began") & stems("ended")


def test_what_is_too_common_is_left_out_where_the_rest_tells_enough() -> None:
    times = {"lease": 25_000, "party": 10_000, "notice": 4_000, "brackwater": 3}
    assert (
        expression("lease party notice Brackwater", lambda term: times.get(term, 0))
        == '"party" OR "notice" OR "brackwater"'
    )
    assert expression("party lease", lambda term: times.get(term, 0)) == '"party" OR "lease"'


@pytest.mark.parametrize(
    "question",
    [
        "Who carries the key?",
        "when is rent due",
        "In which year was the mill built",
        "“Is there a fee”",
        "Rent in 2019?",
        "Tell me how high the wheel is.",
    ],
)
def test_a_question_asks(question: str) -> None:
    assert asks(question)


@pytest.mark.parametrize("words", ["termination notice", "Bees that winter in straw need no sugar.", "", "Whoever"])
def test_words_and_statements_do_not(words: str) -> None:
    assert not asks(words)


def test_a_word_of_a_question_may_stand_in_the_other_english() -> None:
    text = "The tumor of the patient is examined at the center."
    assert part_in("Which tumour, which centre, which lung?", text) == pytest.approx(2 / 3)
    assert part_in("Which is it?", "") == 0.0
