"""A summary in the documents' own words: of each stretch of a document, the sentence that says most of the whole."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from math import log, sqrt

from app.answering.evidence import Sentence, cite, sentences_of, shown_name
from app.answering.extractive import says_something
from app.answering.references import with_what_it_refers_to
from app.domain.answers import Claim, Passage
from app.jobs.cancel import CancelToken
from app.retrieval.words import content_stems

MOST_SENTENCES = 10
"""Of a summary; of several documents each has its share, and one at least."""

_SENTENCES_EACH, _FEWEST = 4, 3
"""Sentences of a document for which it gets one in its summary; a short document gets so many all the same."""

_LONGEST = 60  # in words
MEANING, BEGINNING, ALIKE = 1.0, 0.3, 0.5
"""Weights of the passage's nearness to the whole document, of being its first sentence, and of repeating what a chosen
one says, against how near the sentence's words are to those of the document."""

SAID = 0.6
"""Of the words that two sentences have, but numbers, the share that both have, from which on one repeats the other."""


def summary(documents: Sequence[Sequence[Passage]], cancel: CancelToken) -> list[Claim]:
    """Return the sentences that sum documents up, in order, under the name of the document where there are several.

    Args:
        documents: all passages of each, in order, as `app.retrieval.whole_documents` gives them.
        cancel: stops it.

    Raises:
        Cancelled: stop was asked for.
    """
    most = max(1, MOST_SENTENCES // max(1, len(documents)))
    claims = []
    for passages in documents:
        for sentence in telling(sentences_of(passages), most, cancel):
            excerpt = with_what_it_refers_to(sentence)
            heading = shown_name(sentence.passage) if len(documents) > 1 else ""
            claims.append(Claim(excerpt.text, True, cite(excerpt), heading=heading))
    return claims


def telling(sentences: Sequence[Sentence], most: int, cancel: CancelToken) -> list[Sentence]:
    """Return the sentences that say most of all that the sentences of a document say, in order.

    The sentences are cut into as many stretches of the same length as are wanted, so that the end is heard like the
    beginning, and each gives one, unless that repeats another. How much a sentence says is the cosine of its words and
    those of all (the centroid of Radev et al., 2004), a word counting more the fewer sentences have it.

    Args:
        sentences: of one document, in order.
        most: how many at most; fewer of a short document.
        cancel: stops it.

    Raises:
        Cancelled: stop was asked for.
    """
    usable = _usable(sentences, cancel)
    wanted = min(most, max(_FEWEST, len(usable) // _SENTENCES_EACH), len(usable))
    stems = [content_stems(sentence.text) for sentence in cancel.each(usable)]
    worded = [{stem for stem in said if not stem.isdigit()} for said in stems]
    words = _Words(stems)
    nearness = _stretched([sentence.passage.meaning for sentence in usable])
    chosen: list[int] = []

    def worth(number: int) -> float:
        repeated = max((words.alike(number, other) for other in chosen), default=0.0)
        begins = number == 0
        return words.central[number] + MEANING * nearness[number] + BEGINNING * begins - ALIKE * repeated

    for part in range(wanted):
        stretch = range(part * len(usable) // wanted, (part + 1) * len(usable) // wanted)
        fresh = [
            number
            for number in cancel.each(stretch)
            if not any(_repeats(worded[number], worded[other]) for other in chosen)
        ]
        chosen += [max(fresh, key=worth)] if fresh else []
    return [usable[number] for number in chosen]


def _repeats(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= SAID * max(1, len(one | other))


@dataclass(frozen=True, slots=True)
class _Vector:
    weights: Mapping[str, float]
    length: float


class _Words:
    """What the words of texts say of how near these are to one another.

    Attributes:
        central: of each text, the cosine with all together.
    """

    def __init__(self, stems: Sequence[Set[str]]) -> None:
        having = Counter(stem for words in stems for stem in words)
        rarity = {stem: log(1 + len(stems) / times) for stem, times in having.items()}
        self._vectors = [_vector({stem: rarity[stem] for stem in words}) for words in stems]
        whole = _vector({stem: times * rarity[stem] for stem, times in having.items()})
        self.central = [_cosine(vector, whole) for vector in self._vectors]

    def alike(self, one: int, other: int) -> float:
        """Return the cosine of two texts."""
        return _cosine(self._vectors[one], self._vectors[other])


def _usable(sentences: Sequence[Sentence], cancel: CancelToken) -> list[Sentence]:
    """Leave out what cannot stand in a summary: headings, lead-ins, what is very long, and the foot of every page."""
    times = Counter(sentence.text for sentence in sentences)
    return [
        sentence
        for sentence in cancel.each(sentences)
        if says_something(sentence)
        and not sentence.text.endswith(":")
        and times[sentence.text] == 1
        and len(sentence.text.split()) <= _LONGEST
    ]


def _vector(weights: Mapping[str, float]) -> _Vector:
    return _Vector(weights, sqrt(sum(weight * weight for weight in weights.values())))


def _cosine(one: _Vector, other: _Vector) -> float:
    shorter, longer = sorted((one.weights, other.weights), key=len)
    shared = sum(weight * longer.get(stem, 0.0) for stem, weight in shorter.items())
    return shared / (one.length * other.length) if shared else 0.0


def _stretched(values: Sequence[float]) -> list[float]:
    """Return values moved and stretched to lie between 0 and 1; all 0 where they are alike."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(value - low) / (high - low) if high > low else 0.0 for value in values]
