"""Text fit to be kept: no control characters, nothing that UTF-8 or SQLite cannot hold."""

import re

# \N{NEXT LINE} and the separators end a line for some programs and not for others: here only the line feed does.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]")
_CONTROLS_OF_PAGE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xa0\u2028\u2029\ufdd0-\ufdef\ufeff\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """Return the text with line feeds as its only line ends and without characters that nobody can see."""
    return _UNFIT.sub("", _LINE_ENDS.sub("\n", text))


def clean_in_place(text: str) -> str:
    """Do so without moving a character: each that is unfit becomes one space. For text that is found by its index."""
    return _CONTROLS_OF_PAGE.sub(" ", text.replace("\r\n", " \n"))


def one_line(text: str, most: int) -> str:
    """Return the text with every run of white space as one space, cut to ``most`` characters at a word's end."""
    line = " ".join(clean(text).split())
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0] + "…"
