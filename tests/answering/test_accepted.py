from app.answering.accepted import contains


def test_an_answer_is_found_by_its_words_alone() -> None:
    assert contains("It was Ann-Lee.", ("ann lee",))
    assert not contains("It was Joann Leery.", ("ann lee",))
    assert contains("In all £2,350 a month.", ("nothing", "2,350 a month"))
    assert not contains("", ("ann lee",))
