"""Every place of a word or a phrase, each in its sentence."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from app.answering.evidence import Excerpt, cite, shown_name
from app.domain.answers import Claim, Passage
from app.domain.english import count
from app.library.contents import searchable
from app.library.matching import Places, places
from app.retrieval.whole_documents import matching_body

# What a text is joined by or ends with; other signs say something: "£45" is not "45 bar".
_SIGN = re.compile(r"[^\w\s\"'’‘“”«»„.,;:!?()-]")


def occurrences(phrase: str, passages: Sequence[Passage]) -> Iterator[Claim]:
    """Yield each sentence that has a phrase, with the phrase marked, under the name of its document.

    Args:
        phrase: words in a row, with other endings, capitals and accents; where it has signs such as "£" or "%", as it
            is written, but for capitals and spaces.
        passages: all that have its words, those of one document together and in order.
    """
    signed = _as_written(phrase) if _SIGN.search(phrase) else None
    for _, of_one in groupby(passages, key=lambda passage: passage.document):
        if signed is None:
            found = [pair for passage in of_one for pair in _in_passage(matching_body(phrase), passage)]
        else:
            found = [pair for passage in of_one for pair in _with_signs(signed, passage)]
        number = count(sum(len(marked) or 1 for _, marked in found), "place")
        for excerpt, marked in found:
            heading = f"{shown_name(excerpt.passage)}: {number}"
            yield Claim(excerpt.text, True, cite(excerpt), marked=marked, heading=heading)


def _in_passage(expression: str, passage: Passage) -> Iterator[tuple[Excerpt, Places]]:
    alone = [Excerpt(passage, number, number) for number in range(len(passage.chunk.sentences))]
    # A word that is broken at the end of a line is found, and not marked.
    found = places(expression, [searchable(_text(excerpt)) for excerpt in alone])
    marked = places(expression, [excerpt.text for excerpt in alone])
    # Where a sentence was cut in two, the phrase may stand across the cut.
    pairs = [Excerpt(passage, one.first, other.last) for one, other in pairwise(alone)]
    joined = places(expression, [excerpt.text for excerpt in pairs])
    for number, excerpt in enumerate(alone):
        if number in found:
            yield excerpt, marked.get(number, ())
        cut = len(excerpt.text) + 1
        if across := tuple(place for place in joined.get(number, ()) if place[0] < cut < place[1]):
            yield pairs[number], across


def _text(excerpt: Excerpt) -> str:
    return excerpt.passage.chunk.text[excerpt.start : excerpt.end]


def _as_written(phrase: str) -> re.Pattern[str]:
    """Return a pattern of whole words and signs, with spaces or none between them."""
    parts = re.findall(r"\w+|[^\w\s]", phrase)
    before = r"(?<!\w)(?<!\d[.,])" if parts[0][0].isalnum() else ""
    after = r"(?!\w|[.,]\d)" if parts[-1][-1].isalnum() else ""
    return re.compile(before + r"\s*".join(map(re.escape, parts)) + after, re.IGNORECASE)


def _with_signs(signed: re.Pattern[str], passage: Passage) -> Iterator[tuple[Excerpt, Places]]:
    for number in range(len(passage.chunk.sentences)):
        excerpt = Excerpt(passage, number, number)
        if marked := tuple(place.span() for place in signed.finditer(excerpt.text)):
            yield excerpt, marked
