"""Two documents side by side: the sentences in which they differ, and those that only one of them has."""

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from app.answering.conflict import form
from app.answering.evidence import Sentence, cite, sentences_of, shown_name
from app.answering.extractive import says_something
from app.answering.summary import telling
from app.domain.answers import Claim, Passage
from app.domain.english import count
from app.jobs.cancel import CancelToken
from app.retrieval.words import stems

MOST_ONLY = 12
"""Sentences shown of those that only one document has; of more, those that say most."""

ALIKE = 0.5
"""Of the words that two sentences have, the share that both have, from which on one is the other in other words."""

_COMMON = 100
"""Sentences that have a word, from which on it says nothing of which of them is meant."""

_SHORTEST = 4  # words of a sentence that differs from another by its numbers: fewer are a label
_STOPS = " .,;:"
_WORD = re.compile(r"\d[\d.,:/]*\d|\w+")

_Pair = tuple[Sentence, Sentence]


def contrast(one: Sequence[Passage], other: Sequence[Passage], cancel: CancelToken) -> list[Claim]:
    """Return what differs between two documents: other numbers, other words, and what only one of them says.

    What both say word for word, whatever the capitals and the place, is left out. Nothing is said of documents that
    have no sentence.

    Args:
        one: all passages of the first document, in order.
        other: all passages of the second.
        cancel: stops it.

    Raises:
        Cancelled: stop was asked for.
    """
    left, right = _sentences(one, cancel), _sentences(other, cancel)
    alike = {_said(sentence) for sentence in left} & {_said(sentence) for sentence in right}
    left, right = ([sentence for sentence in side if _said(sentence) not in alike] for side in (left, right))
    renumbered = _renumbered(left, right, cancel)
    left, right = _without(renumbered, left, right)
    reworded = _reworded(left, right, cancel)
    left, right = _without(reworded, left, right)
    claims = [
        *_pairs("Other numbers", renumbered, cancel),
        *_pairs("Other words", reworded, cancel),
        *_only(left, cancel),
        *_only(right, cancel),
    ]
    return claims or (_nothing(one, other) if alike else [])


def _sentences(passages: Sequence[Passage], cancel: CancelToken) -> list[Sentence]:
    return [sentence for sentence in cancel.each(sentences_of(passages)) if says_something(sentence)]


def _said(sentence: Sentence) -> str:
    return sentence.text.casefold().strip(_STOPS)


def _without(
    pairs: Sequence[_Pair], left: Sequence[Sentence], right: Sequence[Sentence]
) -> tuple[list[Sentence], list[Sentence]]:
    paired = {_key(sentence) for pair in pairs for sentence in pair}
    left, right = ([sentence for sentence in side if _key(sentence) not in paired] for side in (left, right))
    return left, right


def _key(sentence: Sentence) -> tuple[int, int]:
    return sentence.passage.chunk_id, sentence.number


def _renumbered(left: Sequence[Sentence], right: Sequence[Sentence], cancel: CancelToken) -> list[_Pair]:
    """Pair sentences that are the same but for their numbers, in their order."""
    waiting: dict[str, deque[Sentence]] = defaultdict(deque)
    for sentence in cancel.each(right):
        waiting[form(sentence)[0]].append(sentence)
    pairs = []
    for sentence in cancel.each(left):
        shape, numbers = form(sentence)
        if numbers and len(sentence.text.split()) >= _SHORTEST and waiting[shape]:
            pairs.append((sentence, waiting[shape].popleft()))
    return pairs


def _reworded(left: Sequence[Sentence], right: Sequence[Sentence], cancel: CancelToken) -> list[_Pair]:
    """Pair sentences that share most of their words, the likest first; return the pairs in the order of the first."""
    words = [stems(sentence.text) for sentence in cancel.each(right)]
    having: dict[str, list[int]] = defaultdict(list)
    for number, said in enumerate(words):
        for stem in said:
            having[stem].append(number)
    likeness: list[tuple[float, int, int]] = []
    for number, sentence in enumerate(cancel.each(left)):
        said = stems(sentence.text)
        for candidate in {one for stem in said if len(having[stem]) <= _COMMON for one in having[stem]}:
            share = len(said & words[candidate]) / len(said | words[candidate])
            if share >= ALIKE:
                likeness.append((-share, number, candidate))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, number, candidate in sorted(likeness):
        if number not in pairs and candidate not in taken:
            pairs[number] = candidate
            taken.add(candidate)
    return [(left[number], right[pairs[number]]) for number in sorted(pairs)]


def _pairs(what: str, pairs: Sequence[_Pair], cancel: CancelToken) -> Iterator[Claim]:
    heading = f"{what}: {count(len(pairs), 'sentence')}"
    for one, other in cancel.each(pairs):
        marked = [*_differing(one.text, other.text)]
        below = len(one.text) + 1
        marked += [(below + start, below + end) for start, end in _differing(other.text, one.text)]
        yield Claim(
            f"{one.text}\n{other.text}", True, (*cite(one), *cite(other)), marked=tuple(marked), heading=heading
        )


def _differing(text: str, against: str) -> Iterator[tuple[int, int]]:
    """Yield the characters of a text whose words another does not have there."""
    words = list(_WORD.finditer(text))
    others = [word.lower() for word in _WORD.findall(against)]
    matcher = SequenceMatcher(None, [word[0].lower() for word in words], others, autojunk=False)
    for kind, first, last, _, _ in matcher.get_opcodes():
        if kind != "equal" and last > first:
            yield words[first].start(), words[last - 1].end()


def _only(sentences: Sequence[Sentence], cancel: CancelToken) -> Iterator[Claim]:
    shown = sentences if len(sentences) <= MOST_ONLY else telling(sentences, MOST_ONLY, cancel)
    number = count(len(sentences), "sentence")
    for sentence in shown:
        heading = f"Only in {shown_name(sentence.passage)}: {number}"
        heading += f", {len(shown)} of which say most" if len(shown) < len(sentences) else ""
        yield Claim(sentence.text, True, cite(sentence), heading=heading)


def _nothing(one: Sequence[Passage], other: Sequence[Passage]) -> list[Claim]:
    places = tuple(passages[0].beginning for passages in (one, other) if passages)
    said = "Both documents say the same, word for word, but for capitals and the order of the sentences."
    return [Claim(said, True, places, reckoned=True)]
