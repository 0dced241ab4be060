from app.documents.lines import lines_of, mark_paragraphs

LONG = "The tenant pays the rent on the first day of each month and keeps the garden. " * 4


def closed(*lines: str) -> list[bool]:
    text = "\n".join(lines)
    return [line.closes for line in mark_paragraphs(text, lines_of(text, 0, len(text)), wrapped=True)]


def test_long_lines_are_paragraphs() -> None:
    assert closed(LONG, LONG, LONG) == [True, True, True]
    assert closed(LONG + "(a)", LONG + "Care", LONG) == [True, True, True]


def test_a_long_line_that_was_cut_within_a_sentence_goes_on() -> None:
    assert closed(LONG + "He pays what is", f"outstanding. {LONG}") == [False, True]
    assert closed(LONG + "He pays the rent,", f"less a fee. {LONG}") == [False, True]


def test_the_lines_of_a_form_stand_alone() -> None:
    assert closed("Blood group: B negative", "Allergies: penicillin", "Dose: 50 mg a day") == [True, True, True]
    assert closed("He pays to Mr Lindqvist what", "Mr Dunmore: the smith, as it is") == [False, True]
