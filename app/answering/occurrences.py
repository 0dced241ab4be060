"""Every place of a word or a phrase, each in its sentence."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from app.answering.evidence import Excerpt, cite, shown_name
from app.domain.answers import Claim, Passage
from app.domain.english import count
from app.library.contents import searchable
from app.library.matching import Places, places
from app.retrieval.whole_documents import matching_body


def occurrences(phrase: str, passages: Sequence[Passage]) -> Iterator[Claim]:
    """Yield each sentence that has a phrase, with the phrase marked, under the name of its document.

    Args:
        phrase: words in a row.
        passages: all that have it, those of one document together and in order.
    """
    for _, of_one in groupby(passages, key=lambda passage: passage.document):
        found = [pair for passage in of_one for pair in _in_passage(matching_body(phrase), passage)]
        number = count(sum(len(marked) or 1 for _, marked in found), "place")
        for excerpt, marked in found:
            heading = f"{shown_name(excerpt.passage)}: {number}"
            yield Claim(excerpt.text, True, cite(excerpt), marked=marked, heading=heading)


def _in_passage(expression: str, passage: Passage) -> list[tuple[Excerpt, Places]]:
    numbers = range(len(passage.chunk.sentences))
    # Where a sentence was cut in two, the phrase may stand across the cut.
    for length in (1, 2):
        excerpts = [Excerpt(passage, number, number + length - 1) for number in numbers[: 1 - length or None]]
        texts = [searchable(passage.chunk.text[excerpt.start : excerpt.end]) for excerpt in excerpts]
        if found := places(expression, texts):
            # A word that is broken at the end of a line is found, and not marked.
            marked = places(expression, [excerpt.text for excerpt in excerpts])
            return [(excerpts[number], marked.get(number, ())) for number in found]
    return []
