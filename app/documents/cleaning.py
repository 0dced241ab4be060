"""Text fit to be kept: no control characters, nothing that UTF-8 or SQLite cannot hold."""

import re

# \N{NEXT LINE} and the separators end a line for some programs and not for others: here only the line feed does.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]")
_CONTROLS_OF_PAGE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xa0\u2028\u2029\ufdd0-\ufdef\ufeff\uffff\ud800-\udfff]")
# Variation selectors, fillers and joiners: they count as letters or signs, have no shape, and can hide text.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def clean(text: str) -> str:
    """Return the text with line feeds as its only line ends and without characters that nobody can see."""
    return _UNFIT.sub("", _LINE_ENDS.sub("\n", text))


def clean_in_place(text: str) -> str:
    """Do so without moving a character: each that is unfit becomes one space. For text that is found by its index."""
    return _CONTROLS_OF_PAGE.sub(" ", text.replace("\r\n", " \n"))


def one_line(text: str, most: int) -> str:
    """Return the text as `plain` does, cut to ``most`` characters at a word's end."""
    line = plain(text)
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0] + "…"


def plain_lines(text: str) -> str:
    """Return each line of a text as `plain` does."""
    return "\n".join(map(plain, text.split("\n")))


def plain(text: str) -> str:
    """Return a text without the characters that nobody sees, on one line.

    They can hide words from people that a model reads, or turn round what people read. What is quoted keeps them; what
    is shown, or told to a model, does not.
    """
    # What remains of white space can be printed; zero width, direction, tags, private and unknown characters cannot.
    line = " ".join(_UNSEEN.sub("", text).split())
    return line if line.isprintable() else " ".join("".join(filter(str.isprintable, line)).split())
