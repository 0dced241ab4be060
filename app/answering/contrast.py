"""Two documents side by side: what they say otherwise or elsewhere, and what only one says. Everything is compared."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from heapq import nsmallest
from typing import SupportsIndex, overload

from app.answering.evidence import cite, shown_name
from app.answering.statements import Statement, statements
from app.answering.summary import telling
from app.domain.answers import Claim, Passage
from app.domain.english import count
from app.jobs.cancel import CancelToken

NUMBERS, WORDS, PLACE, NUMBERING = "Other numbers", "Other words", "In another place", "Numbered otherwise"
"""What statements of two documents may differ in."""

MOST_ONLY = 200
"""Statements shown of those that only one document has; of more, a part, those that say most."""

_TOLD_OF_MORE = 50

ALIKE = 0.5
"""Of the words that two statements have, the share that both have, from which on one is the other in other words."""

_COMMON = 100
"""Statements that have a word, from which on it says nothing of which of them is meant."""

_LOOK_AFTER = 256

_MOST_PARTS = 4  # of a sentence that the end of a page or a column cut

# Of a statement: those that are likest to it.
_CANDIDATES = 20

_PART = re.compile(r"[-+−]?\.?\d(?:[\d.,:/]*\d)?|[^\W\d_]+|[^\w\s]")

_Pair = tuple[Statement, Statement]
_Gap = tuple[Sequence[Statement], Sequence[Statement]]


def contrast(one: Sequence[Passage], other: Sequence[Passage], cancel: CancelToken) -> list[Claim]:
    """Return what differs between two documents: numbers, words, what stands elsewhere, and what only one says.

    What both say in the same order, whatever the capitals and the spelling of numbers, is left out. Nothing is said of
    documents that have no text.

    Args:
        one: all passages of the first document, in order.
        other: all passages of the second.
        cancel: stops it.

    Raises:
        Cancelled: stop was asked for.
    """
    left, right = statements(one, cancel), statements(other, cancel)
    gaps = _gaps(left, right, cancel)
    pairs = [pair for gap in cancel.each(gaps) for pair in _pairs(*gap, cancel)]
    left = [statement for before, _ in gaps for statement in before]
    right = [statement for _, after in gaps for statement in after]
    left, right = _without(pairs, left, right)
    moved = _moved(left, right)
    left, right = _without(moved, left, right)
    further = _pairs(left, right, cancel)
    left, right = _without(further, left, right)
    pairs = sorted([*pairs, *further], key=lambda pair: _place(pair[0]))
    differing = {what: [pair for pair in pairs if _difference(*pair) == what] for what in (NUMBERS, WORDS, NUMBERING)}
    claims = [
        *_told(NUMBERS, differing[NUMBERS], cancel),
        *_told(WORDS, differing[WORDS], cancel),
        *_only(left, cancel),
        *_only(right, cancel),
        *_told(PLACE, moved, cancel),
        *_told(NUMBERING, differing[NUMBERING], cancel),
    ]
    return claims or _nothing(one, other)


def _gaps(left: Sequence[Statement], right: Sequence[Statement], cancel: CancelToken) -> list[_Gap]:
    """Return what stands between the statements that both documents have in the same order."""
    said = _Watched((one.said for one in left), cancel)
    matcher = SequenceMatcher(None, said, [one.said for one in right], autojunk=False)
    opcodes = cancel.each(matcher.get_opcodes())
    gaps = ((left[first:last], right[start:end]) for kind, first, last, start, end in opcodes if kind != "equal")
    return [_without_cuts(*_without_cuts(*gap, cancel)[::-1], cancel)[::-1] for gap in gaps]


class _Watched(list[str]):
    """A list that looks for a stop now and then when something is taken from it: `difflib` itself never does."""

    def __init__(self, items: Iterable[str], cancel: CancelToken) -> None:
        super().__init__(items)
        self._cancel = cancel
        self._taken = 0

    @overload
    def __getitem__(self, place: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> str | list[str]:
        self._taken += 1
        if self._taken % _LOOK_AFTER == 0:
            self._cancel.check()
        return super().__getitem__(place)


def _without_cuts(whole: Sequence[Statement], parts: Sequence[Statement], cancel: CancelToken) -> _Gap:
    """Leave out what is one statement on one side and several in a row on the other: only the cuts differ."""
    runs: dict[str, list[range]] = defaultdict(list)
    for start in cancel.each(range(len(parts))):
        for end in range(start + 2, min(start + _MOST_PARTS, len(parts)) + 1):
            runs[" ".join(one.without_stops for one in parts[start:end])].append(range(start, end))
    taken: set[int] = set()
    kept = []
    for one in cancel.each(whole):
        run = next((run for run in runs.get(one.without_stops, ()) if taken.isdisjoint(run)), None)
        if run is None:
            kept.append(one)
        else:
            taken.update(run)
    return kept, [one for number, one in enumerate(parts) if number not in taken]


def _place(statement: Statement) -> tuple[int, int]:
    return statement.sentence.passage.chunk_id, statement.sentence.number


def _without(
    pairs: Sequence[_Pair], left: Sequence[Statement], right: Sequence[Statement]
) -> tuple[list[Statement], list[Statement]]:
    paired = {_place(statement) for pair in pairs for statement in pair}
    left, right = ([one for one in side if _place(one) not in paired] for side in (left, right))
    return left, right


def _moved(left: Sequence[Statement], right: Sequence[Statement]) -> list[_Pair]:
    """Pair what both say, each in another place, in the order of the first."""
    waiting: dict[str, deque[Statement]] = defaultdict(deque)
    for statement in right:
        waiting[statement.said].append(statement)
    return [(statement, waiting[statement.said].popleft()) for statement in left if waiting[statement.said]]


def _pairs(left: Sequence[Statement], right: Sequence[Statement], cancel: CancelToken) -> list[_Pair]:
    """Pair statements of which one is the other with other numbers or in other words, the likest first."""
    having: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(cancel.each(right)):
        for word in statement.words:
            having[word].append(number)
    likeness: list[tuple[float, int, int, int]] = []
    for number, statement in enumerate(cancel.each(left)):
        rare = [word for word in statement.words if len(having[word]) <= _COMMON]
        shares = {one: _share(statement, right[one]) for word in rare for one in having[word]}
        alike = ((-share, abs(number - one), number, one) for one, share in shares.items() if share)
        likeness += nsmallest(_CANDIDATES, alike)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, number, candidate in sorted(likeness):
        if number not in pairs and candidate not in taken:
            pairs[number] = candidate
            taken.add(candidate)
    return [(left[number], right[pairs[number]]) for number in sorted(pairs)]


def _share(one: Statement, other: Statement) -> float:
    """Return the part of their words that both have; 0 where neither that nor their form makes them the same."""
    share = len(one.words & other.words) / len(one.words | other.words)
    alike = share >= ALIKE or one.form == other.form or (one.label and one.label == other.label)
    return share if alike else 0.0


def _difference(one: Statement, other: Statement) -> str:
    if one.unnumbered == other.unnumbered:
        return NUMBERING
    return NUMBERS if one.form == other.form else WORDS


def _told(what: str, pairs: Sequence[_Pair], cancel: CancelToken) -> Iterator[Claim]:
    heading = f"{what}: {count(len(pairs), 'place')}"
    for one, other in cancel.each(pairs):
        text, against = one.sentence.text, other.sentence.text
        marked = [*_differing(one, other)]
        below = len(text) + 1
        marked += [(below + start, below + end) for start, end in _differing(other, one)]
        citations = (*cite(one.sentence), *cite(other.sentence))
        yield Claim(f"{text}\n{against}", True, citations, marked=tuple(marked), heading=heading)


def _differing(one: Statement, other: Statement) -> Iterator[tuple[int, int]]:
    """Yield the characters of a statement's sentence whose words the other does not have there."""
    parts = list(_PART.finditer(one.compared))
    matcher = SequenceMatcher(None, [part[0] for part in parts], _PART.findall(other.compared), autojunk=False)
    for kind, first, last, _, _ in matcher.get_opcodes():
        if kind != "equal" and last > first:
            yield parts[first].start(), parts[last - 1].end()


def _only(only: Sequence[Statement], cancel: CancelToken) -> Iterator[Claim]:
    sentences = [statement.sentence for statement in only]
    shown = sentences if len(sentences) <= MOST_ONLY else telling(sentences, _TOLD_OF_MORE, cancel)
    number = count(len(sentences), "place")
    for sentence in shown:
        heading = f"Only in {shown_name(sentence.passage)}: {number}"
        heading += f", {len(shown)} of which say most" if len(shown) < len(sentences) else ""
        yield Claim(sentence.text, True, cite(sentence), heading=heading)


def _nothing(one: Sequence[Passage], other: Sequence[Passage]) -> list[Claim]:
    if not one or not other:
        return []
    same = _text(one) == _text(other)
    said = "Both documents say the same, word for word" + (
        "." if same else ", but for capitals and how numbers are written."
    )
    return [Claim(said, True, (one[0].beginning, other[0].beginning), reckoned=True)]


def _text(passages: Sequence[Passage]) -> list[str]:
    return [" ".join(passage.chunk.text.split()) for passage in passages]
