"""Every place of a word or a phrase, each in its sentence."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby, pairwise

from app.answering.evidence import Excerpt, cite, sentences_of, shown_name
from app.domain.answers import Claim, Passage
from app.domain.english import count
from app.jobs.cancel import CancelToken
from app.library.contents import searchable
from app.library.matching import Places, places
from app.retrieval.whole_documents import matching_body

_Found = tuple[Excerpt, Places]

# Passages looked through together: to make an index takes longer than to ask it.
_BATCH = 50

# What a text is joined by or ends with; other signs say something: "£45" is not "45 bar".
_SIGN = re.compile(r"[^\w\s\"'’‘“”«»„.,;:!?()-]")


def occurrences(phrase: str, passages: Sequence[Passage], cancel: CancelToken) -> Iterator[Claim]:
    """Yield each sentence that has a phrase, with the phrase marked, under the name of its document.

    Args:
        phrase: words in a row, with other endings, capitals and accents; where it has signs such as "£" or "%", as it
            is written, but for capitals and spaces.
        passages: all that have its words, those of one document together and in order.
        cancel: stops it.

    Raises:
        Cancelled: stop was asked for.
    """
    look = partial(_with_signs, _as_written(phrase)) if _SIGN.search(phrase) else partial(_by_words, phrase)
    for _, of_one in groupby(passages, key=lambda passage: passage.document):
        together = list(of_one)
        found: list[_Found] = []
        for start in cancel.each(range(0, len(together), _BATCH)):
            found += look(together[start : start + _BATCH])
        number = count(sum(len(marked) or 1 for _, marked in found), "place")
        for excerpt, marked in found:
            heading = f"{shown_name(excerpt.passage)}: {number}"
            yield Claim(excerpt.text, True, cite(excerpt), marked=marked, heading=heading)


def _by_words(phrase: str, passages: Sequence[Passage]) -> Iterator[_Found]:
    expression, alone = matching_body(phrase), [sentence.alone for sentence in sentences_of(passages)]
    # A word that is broken at the end of a line is found, and not marked.
    found = places(expression, [searchable(_text(excerpt)) for excerpt in alone])
    marked = places(expression, [excerpt.text for excerpt in alone])
    # Where a sentence was cut in two, the phrase may stand across the cut.
    pairs = [Excerpt(one.passage, one.first, other.last) for one, other in pairwise(alone)]
    joined = places(expression, [pair.text if pair.first < pair.last else "" for pair in pairs])
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


def _with_signs(signed: re.Pattern[str], passages: Sequence[Passage]) -> Iterator[_Found]:
    for sentence in sentences_of(passages):
        if marked := tuple(place.span() for place in signed.finditer(sentence.text)):
            yield sentence.alone, marked
