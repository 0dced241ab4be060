"""Headings found by how their lines look, in text whose format does not mark them: contracts, reports, plain text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.documents.lines import Line, usual_length

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,3})+\.?|\d{1,2}\.|[IVX]{1,5}\.)\)?[^\S\n]+(?P<title>[A-Z“\"(])")
_PART = re.compile(
    r"(?P<kind>article|section|chapter|part|exhibit|schedule|appendix|annex|attachment)\s+"
    r"(?:[IVXLC]+\b|[A-Z]\b|\d+(?P<depth>(?:\.\d+)*))[.:)]?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"\.(?=\s|$)")
_WORD = re.compile(r"[^\W\d_]{4,}")

# In characters: a line that is a heading, and one in front of a paragraph on the same line; in words: either.
_LONGEST, _LONGEST_RUN_IN, _MOST_WORDS = 100, 70, 12
_NOTICE = 3
_LONGEST_CAPITALS, _MOST_LINES_OF_CAPITALS = 200, 3
# Levels. A title stands above all, numbered headings below unnumbered capitals, by the depth of their number.
_TITLE, _IN_PARTS, _IN_CAPITALS, _BY_NUMBER, _BY_CASE = 0, 1, 2, 3, 9


@dataclass(frozen=True, slots=True)
class Found:
    """Characters ``start`` to ``end`` of a text are a heading of a ``level``, 0 being the title of the whole."""

    start: int
    end: int
    level: int


def find_headings(text: str, lines: Sequence[Line], opens: bool) -> list[Found]:
    """Find headings among lines that know where paragraphs end.

    Where the text ``opens`` its document, the headings before its first paragraph are its title.
    """
    found = list(_candidates(text, lines))
    # A line that comes back again and again is a notice, not a heading.
    times = Counter(text[heading.start : heading.end] for heading in found)
    found = [heading for heading in found if times[text[heading.start : heading.end]] < _NOTICE]
    return _with_title(found, lines) if opens else found


def _candidates(text: str, lines: Sequence[Line]) -> Iterator[Found]:
    usual = usual_length(lines)
    begins = True
    position = 0
    while position < len(lines):
        taken = 1
        if begins and (heading := _heading_at(text, lines, position, usual)):
            yield heading
            while position + taken < len(lines) and lines[position + taken].end <= heading.end:
                taken += 1
        position += taken
        begins = lines[position - 1].closes


def _heading_at(text: str, lines: Sequence[Line], position: int, usual: int) -> Found | None:
    line = lines[position]
    first = text[line.start]
    if first.islower() or not (first.isalnum() or first in '“"§'):
        return None
    if first in "0123456789IVX" and (match := _NUMBERED.match(text, line.start, line.end)):
        depth = match["number"].rstrip(".").count(".")
        return _whole_or_run_in(text, line, match.start("title"), _BY_NUMBER + depth)
    if match := _PART.match(text, line.start, line.end):
        depth = (match["depth"] or "").count(".")
        if found := _whole_or_run_in(text, line, match.end(), _BY_NUMBER + depth if depth else _IN_PARTS):
            return found
    return _capitals(text, lines, position) or _title_case(text, lines, position, usual)


def _whole_or_run_in(text: str, line: Line, title: int, level: int) -> Found | None:
    """A heading behind its number: the whole line, or up to the first full stop in it."""
    if line.closes and line.end - line.start <= _LONGEST and _like_a_title(text[title : line.end].rstrip(".")):
        return Found(line.start, line.end, level)
    stop = _SENTENCE_END.search(text, title + 1, min(line.end, title + _LONGEST_RUN_IN))
    # Without a longer word it may be an abbreviation that ends there.
    if stop and _WORD.search(text, title, stop.start()) and _like_a_title(text[title : stop.start()]):
        return Found(line.start, stop.end(), level)
    return None


def _like_a_title(words: str) -> bool:
    """Whether the longer words begin with capitals, and nothing in it reads on."""
    words = words.strip(" :.–—-")
    if words.endswith((",", ";")) or words.count(" ") >= _MOST_WORDS or "___" in words:
        return False
    long_words = _WORD.findall(words)
    capitalised = sum(1 for word in long_words if word[0].isupper())
    return capitalised >= 0.7 * len(long_words)


def _capitals(text: str, lines: Sequence[Line], position: int) -> Found | None:
    """Up to three lines in capitals, a paragraph of their own."""
    for count, line in enumerate(lines[position : position + _MOST_LINES_OF_CAPITALS], start=1):
        words = text[line.start : line.end]
        if not words.isupper():
            return None
        if line.closes:
            start = lines[position].start
            whole = text[start : line.end]
            letters = sum(map(str.isalpha, whole))
            fits = line.end - start <= (_LONGEST if count == 1 else _LONGEST_CAPITALS)
            told = letters >= 4 and letters >= 0.6 * (len(whole) - whole.count(" ") - whole.count("\n"))
            return Found(start, line.end, _IN_CAPITALS) if fits and told and whole[-1] not in ",;" else None
    return None


def _title_case(text: str, lines: Sequence[Line], position: int, usual: int) -> Found | None:
    """A short line of capitalised words that a full line follows, as the first of a paragraph."""
    line = lines[position]
    if not line.closes or line.end - line.start > _LONGEST_RUN_IN or position + 1 == len(lines):
        return None
    following = lines[position + 1]
    words = text[line.start : line.end]
    full = following.end - following.start >= max(0.6 * usual, 1.5 * len(words), 40)
    if (
        not full
        or words[-1] in ".,;:!?"
        or not words[0].isupper()
        or not any(map(str.isupper, text[following.start : following.end]))
    ):
        return None
    letters = sum(map(str.isalpha, words))
    told = letters >= 4 and letters >= 0.7 * (len(words) - words.count(" "))
    return Found(line.start, line.end, _BY_CASE) if told and _like_a_title(words) else None


def _with_title(found: list[Found], lines: Sequence[Line]) -> list[Found]:
    """Take the headings that the document begins with, with nothing between them, as one: its title."""
    count = 0
    end = -1
    headings = iter(found)
    heading = next(headings, None)
    for line in lines:
        if line.end <= end:
            continue
        if heading is None or heading.start != line.start or heading.level not in (_IN_PARTS, _IN_CAPITALS, _BY_CASE):
            break
        if heading.end < line.end:
            break
        end, count = heading.end, count + 1
        heading = next(headings, None)
    if not count:
        return found
    return [Found(found[0].start, end, _TITLE), *found[count:]]
