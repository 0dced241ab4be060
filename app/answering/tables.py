"""Rows of tables in a passage, and the row at the top that says what their cells are.

A row is a line with a bar between its cells, as all parsers of formats that have tables write it. Of a PDF nothing is
known of tables.
"""

import re

from app.answering.evidence import Excerpt, Sentence
from app.answering.expected import Span
from app.domain.answers import Passage
from app.retrieval.words import content_stems, stems

_JOINT = " | "
_DIGIT = re.compile(r"\d")
_NAME_AND_VALUE = 2


def is_row(sentence: Sentence) -> bool:
    """Say whether a sentence is the row of a table."""
    return _JOINT in sentence.text


def is_head(sentence: Sentence) -> bool:
    """Say whether a sentence is the row at the top of a table that says what the others hold."""
    return is_row(sentence) and _head(sentence.passage, sentence.number) == sentence.number


def head_of(row: Sentence) -> Excerpt | None:
    """Return the head of the table that a row stands in, where it is in the passage and one is known."""
    head = _head(row.passage, row.number)
    return Excerpt(row.passage, head, head) if head is not None and head != row.number else None


def cell_asked_for(question: str, head: Excerpt, row: Sentence) -> Span | None:
    """Return the characters of the cell, in the text of the row, whose head has words of the question.

    The first column says what a row is about. None where no head, or no single one, has more of the words than others.
    """
    heads, cells = head.text.split(_JOINT), row.text.split(_JOINT)
    if len(heads) != len(cells):
        return None
    sought = content_stems(question) - stems(cells[0])
    shared = [len(sought & stems(text)) for text in heads[1:]]
    if not shared or not max(shared) or shared.count(max(shared)) > 1:
        return None
    place = 1 + shared.index(max(shared))
    start = sum(len(cell) + len(_JOINT) for cell in cells[:place])
    return start, start + len(cells[place])


def _head(passage: Passage, number: int) -> int | None:
    """Return the number of the row at the top of the table that a row stands in, where it is a head.

    With more than two columns it is. A table of two may hold names and what they stand for, from the first row on: it
    has a head where the second column has digits everywhere but there.
    """
    first = last = number
    while first > 0 and is_row(Sentence(passage, first - 1)):
        first -= 1
    while last + 1 < len(passage.chunk.sentences) and is_row(Sentence(passage, last + 1)):
        last += 1
    top, *others = [Sentence(passage, row).text.split(_JOINT) for row in range(first, last + 1)]
    figures = not _DIGIT.search(top[1]) and all(_DIGIT.search(row[1]) for row in others)
    return first if others and (len(top) > _NAME_AND_VALUE or figures) else None
