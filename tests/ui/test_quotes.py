from app.ui.quotes import find_quote, same_words, utf16_offset


def test_white_space_and_soft_hyphens_do_not_part_words() -> None:
    assert same_words("main\u00adtenance \r\n contract", "maintenance contract")
    assert not same_words("maintenance contract", "maintenance contracts")
    assert not same_words(" ", "\n")


def test_quote_is_found_over_line_ends() -> None:
    text = "First.\r\nThe generator is\r\ntested once a month. Last."
    start, end = find_quote(text, "The generator is tested once a month.", 0) or (0, 0)
    assert text[start:end] == "The generator is\r\ntested once a month."


def test_nearest_occurrence_wins() -> None:
    text = "as above. " * 5
    assert find_quote(text, "as above.", 21) == (20, 29)


def test_what_is_not_there_is_not_found() -> None:
    assert find_quote("The generator is tested.", "The generator was tested.", 0) is None
    assert find_quote("The generator is tested.", "  ", 0) is None


def test_offsets_count_as_qt_does() -> None:
    assert utf16_offset("a😀b", 1) == 1
    assert utf16_offset("a😀b", 2) == 3
