import pytest

from app.retrieval.variants import variants


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("colour", "color"),
        ("neighbours", "neighbors"),
        ("organisation", "organization"),
        ("analysed", "analyzed"),
        ("centre", "center"),
        ("fibres", "fibers"),
        ("labelled", "labeled"),
        ("counselling", "counseling"),
        ("licence", "license"),
        ("catalogue", "catalog"),
        ("programme", "program"),
        ("grey", "gray"),
        ("anaemia", "anemia"),
        ("oedema", "edema"),
        ("haemorrhage", "hemorrhage"),
    ],
)
def test_both_kinds_of_english_are_known(british: str, american: str) -> None:
    assert american in variants(british)
    assert british in variants(american)


@pytest.mark.parametrize("word", ["four", "does", "five", "hour", "shoe", "or", "e", ""])
def test_short_words_are_spelt_in_one_way(word: str) -> None:
    assert not {"for", "dos", "fiv", "hor", "she"} & set(variants(word))
