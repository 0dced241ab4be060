"""Mistyped words of a question, put right by the words of the documents."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol

from app.domain.documents import StoredChunk
from app.models.embedder_gguf import VOCABULARY_PATH
from app.retrieval.variants import variants
from app.retrieval.words import MOST_HITS, QUOTED, UNSPACED, content_words, small

# Letters of a word that may be mistyped, in any way from the second on; and of each of two that it may be: of shorter
# ones, too many others are one letter away.
_SHORTEST, _LONG, _PART = 5, 7, 3
_LONGEST = 40
# Words that may be meant, the commonest; and chunks of each, which may have it in another form.
_TRIED, _LOOKED_AT = 5, 5
# Words of a question that stand nowhere, and words that say what it is about.
_MOST_UNKNOWN, _MOST_WORDS = 2, 9
_LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß"
_WORD = re.compile(r"\b[^\W\d_]+\b(?!['’]\w)")


class Texts(Protocol):
    """What is used of a library."""

    def frequency(self, term: str) -> int:
        """Count the chunks that have a word, or several in a row."""

    def standing(self, terms: Iterable[str]) -> list[str]:
        """Return those of many terms that stand in a chunk."""

    def find_words(self, expression: str, limit: int) -> list[tuple[int, float]]:
        """Return (chunk id, BM25 score) of the best matches."""

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return chunks in the order asked; unknown ids are left out."""


def respelt(question: str, library: Texts) -> str:
    """Return a question with the words that no document has as the documents spell them.

    In the other English, or else a slip away: two letters may have changed places, or one been doubled, or not been. Of
    a word of seven letters or more, one may also be missing or too many, or a space be missing; but not the first
    letter. A wrong letter is none: "nitrite" is not "nitrate". What is meant must stand beside another word of the
    question somewhere, if one does. Left as they are: what stands in quotation marks, abbreviations, numbers, common
    words of English; and all of a question of which more than two words stand nowhere, for it is about something else,
    or which has so many words that it finds by the others.

    Args:
        question: in the user's words.
        library: in whose words it is to be.
    """
    about = content_words(question)
    if len(about) > _MOST_WORDS:
        return question
    exact = [found.span() for found in QUOTED.finditer(question)]
    words = [word for word in _WORD.finditer(question) if not any(start <= word.start() < end for start, end in exact)]
    doubtful = [word for word in words if _may_be_mistyped(word[0])]
    known = frozenset(library.standing(word[0].lower() for word in doubtful))
    unknown = [word for word in doubtful if word[0].lower() not in known]
    if len(unknown) > _MOST_UNKNOWN:
        return question
    others = [word for word in about if library.frequency(word)]
    for word in reversed(unknown):
        meant = _meant(word[0].lower(), others, library)
        if meant:
            meant = meant.capitalize() if word[0][0].isupper() else meant
            question = question[: word.start()] + meant + question[word.end() :]
    return question


def _may_be_mistyped(word: str) -> bool:
    usual = _SHORTEST <= len(word) <= _LONGEST and sum(map(str.isupper, word)) < 2 and not UNSPACED.search(word)
    return usual and not small(word.lower())


def _meant(word: str, others: Sequence[str], library: Texts) -> str:
    """Return the word that is meant by one that stands nowhere; empty where none is near."""
    for near in (variants, _swaps, _slips):
        if near is not variants and word in _common():
            return ""
        standing = sorted(library.standing(near(word)), key=library.frequency, reverse=True)
        for one in standing[:_TRIED]:
            # The same word in the other English need not stand beside others.
            beside = () if near is variants else others
            if library.frequency(one) <= MOST_HITS and _written(one, beside, library):
                return one
    return ""


@cache
def _common() -> frozenset[str]:
    """Return the words that the vocabulary of BERT has whole."""
    return frozenset(VOCABULARY_PATH.read_text("utf-8").split())


def _written(word: str, others: Sequence[str], library: Texts) -> bool:
    """Say whether a word stands beside one of others, and is one: the index has words without their endings."""
    beside = " OR ".join(f'"{other}"' for other in others)
    found = library.find_words(f'"{word}" AND ({beside})' if others else f'"{word}"', _LOOKED_AT)
    form = re.compile(rf"\b{word}(?:d|ed|es|ing|ly|s)?\b".replace(" ", r"\s+"), re.IGNORECASE)
    return any(form.search(chunk.chunk.text) for chunk in library.chunks([chunk_id for chunk_id, _ in found]))


def _swaps(word: str) -> Iterator[str]:
    """Yield words with two letters in each other's place, or a letter once instead of twice or the other way round."""
    for place in range(1, len(word)):
        before, here, after = word[:place], word[place], word[place + 1 :]
        if after:
            yield before + after[0] + here + after[1:]
        if here == before[-1]:
            yield before + after
        yield before + here + here + after


def _slips(word: str) -> Iterator[str]:
    """Yield words with one letter more or less, or in two; none of a short one."""
    if len(word) < _LONG:
        return
    for place in range(1, len(word)):
        before, here, after = word[:place], word[place], word[place + 1 :]
        if after:
            yield before + after
        yield from (before + letter + here + after for letter in _LETTERS)
        if _PART <= place <= len(word) - _PART:
            yield f"{before} {here}{after}"
    yield from (word + letter for letter in _LETTERS)
