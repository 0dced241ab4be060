"""The answer in the documents' own words: the best sentences of the passages, with what they need beside them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from math import log

from app.answering import conflict, tables
from app.answering.arithmetic import reckon
from app.answering.denial import asks_openly, asks_what_is_not, denies
from app.answering.evidence import Excerpt, Sentence, cite, sentences_of
from app.answering.expected import has_expected
from app.answering.lists import asks_for_several, list_with
from app.answering.marking import marks
from app.answering.opposites import tells_of_another_number, tells_of_the_opposite
from app.answering.polarity import polarity
from app.answering.references import with_what_it_refers_to
from app.domain.answers import Claim, Side
from app.domain.documents import HEADING_SEPARATOR
from app.retrieval.definitions import defining, term_asked
from app.retrieval.search import Found
from app.retrieval.words import UNSPACED, content_stems, stems

MOST_CLAIMS = 2

MET, WITH_BEFORE, EXPECTED = 2.0, 1.5, 0.5
"""Weights of how well a sentence meets the question word by word, how well it does so with the sentence before it, and
of having what it asks for, against the score of its passage and the part of the question's words that it has. Chosen on
squad's and cuad's questions, their halves side by side; squad likes the second twice as high, cuad lower.
"""

SECOND = 0.7
"""Another sentence is shown where it meets the question at least so well, as a share of the first. That leaves out one
in four, and four in a thousand answers of squad."""

AS_WELL = 0.9
"""The same of a sentence that answers in place of a better one, which tells of something else than is asked."""

# In words: a sentence, and what is a heading where it is all in capitals.
_SHORTEST, _LONGEST_HEADING = 4, 12
_STOPS = ".:…"
_QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}")
# Of the letters of a passage.
_CAPITALS = 0.8
_LONGEST_LINE = 8
# A line with a number, with a colon, or with the end of a sentence says something by itself.
_TELLS = re.compile(r"[\d:|]|[.!?…;,][\"”’)\]]*$")
_ENDS = re.compile(r"[.!?…][\"”’)\]]*$")


def answer(found: Found, day_of: Callable[[str], date | None] = lambda _document: None) -> list[Claim]:
    """Return the best sentences as claims, each with its citations, best first.

    Args:
        found: what was found for the question.
        day_of: tells of a document's day by its SHA-256, which is shown where documents do not agree.
    """
    question, ranked = found.question, _ranked(found)
    # That refuses one in ten of squad's questions that its documents only seem to answer, and 1 in 1,000 of the others.
    if asks_what_is_not(question) and ranked and not denies(ranked[0].text):
        return []
    if found.respelt:
        # Yes or no is said to what was typed, not to what was taken for it.
        return [replace(claim, polarity=None) for claim in _quotes(found, ranked, day_of)]
    return _quotes(found, ranked, day_of)


def _quotes(found: Found, ranked: Sequence[Sentence], day_of: Callable[[str], date | None]) -> list[Claim]:
    """Return the claims as they are made of the sentences, best first."""
    question = found.question
    if reckoned := reckon(question, found.passages):
        return [reckoned]
    if sides := conflict.sides(question, ranked):
        return [
            replace(
                _claim(question, sentence, _parts(question, sentence)),
                side=Side(value, day_of(sentence.passage.document)),
            )
            for sentence, value in sides
        ]
    claims: list[Claim] = []
    shown: list[Excerpt] = []
    for sentence in ranked[:MOST_CLAIMS]:
        known = any(sentence.alone.overlaps(part) for part in shown)
        if known or sentence.met < SECOND * ranked[0].met:
            continue
        parts = _parts(question, sentence)
        if len(parts) == 1 and any(parts[0].overlaps(part) for part in shown):
            parts = (sentence.alone,)
        claim = _claim(question, sentence, parts)
        # Where the first does not answer, the second may; a mark in both would show two answers to one question.
        claims.append(replace(claim, marked=()) if claims else claim)
        shown += parts
    return claims


def _ranked(found: Found) -> list[Sentence]:
    """Return the sentences, best first, none twice."""
    everything = sentences_of(found.passages)
    sentences = [sentence for sentence in everything if says_something(sentence)] or everything
    if term := term_asked(found.question):
        # Beside what says what it means, what only uses it is none.
        numbers = defining(term, [sentence.text for sentence in sentences])
        sentences = [sentences[number] for number in numbers] or sentences
    expected = has_expected(found.question)
    scored = [
        (sentence.passage.score + _met(sentence) + overlap + EXPECTED * expected(sentence), sentence)
        for sentence, overlap in zip(sentences, _overlaps(found.question, sentences), strict=True)
    ]
    scored.sort(key=lambda pair: -pair[0])
    best: dict[str, Sentence] = {}
    for _, sentence in scored:
        best.setdefault(sentence.text, sentence)
    ranked = list(best.values())
    return _of_what_is_asked(found.question, ranked) if asks_openly(found.question) else ranked


def _of_what_is_asked(question: str, ranked: list[Sentence]) -> list[Sentence]:
    """Leave out what tells of something else; and all the rest, where that leads and nothing else is as near."""
    kept = [
        sentence
        for sentence in ranked
        if not tells_of_the_opposite(question, sentence.text)
        and not tells_of_another_number(question, sentence.text, sentence.passage.chunk.text)
    ]
    return kept if kept and kept[0].met >= AS_WELL * ranked[0].met else []


def _met(sentence: Sentence) -> float:
    """Return how well a sentence meets the question, weighted; what is above a row of a table is of another row."""
    with_before = sentence.met if tables.is_row(sentence) else sentence.met_with_before
    return MET * sentence.met + WITH_BEFORE * with_before


def says_something(sentence: Sentence) -> bool:
    """Say whether it is more than a heading, a lead-in or a question, which repeat what is asked and do not answer."""
    if tables.is_row(sentence):
        return not tables.is_head(sentence)
    if sentence.text.endswith(":"):
        return list_with(sentence) is not None
    if sentence.text.endswith(_QUESTION_MARKS):
        return False
    passage, length = sentence.passage, _words(sentence.text)
    headings = (passage.title, *passage.chunk.heading.split(HEADING_SEPARATOR))
    heading = sentence.text.rstrip(_STOPS) in [known.rstrip(_STOPS) for known in headings]
    shouted = sentence.text.isupper() and length <= _LONGEST_HEADING and not _shouts(passage.chunk.text)
    return length >= _SHORTEST and not (heading or shouted or _stands_above(sentence))


def _words(text: str) -> float:
    """Count the words of a text; two characters make one where no space stands between words."""
    return len(text.split()) + len(UNSPACED.findall(text)) / 2


def _shouts(text: str) -> bool:
    """Say whether all of a text is written in capitals, and not its headings alone."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) >= _CAPITALS * len(letters)


def _stands_above(sentence: Sentence) -> bool:
    """Say whether it is a line of a few words between sentences, such as the heading of a section that is quoted."""
    text, passage = sentence.text, sentence.passage
    if len(text.split()) > _LONGEST_LINE or _TELLS.search(text):
        return False
    before = Sentence(passage, sentence.number - 1).text if sentence.number else "."
    after = Sentence(passage, sentence.number + 1).text if sentence.number + 1 < len(passage.chunk.sentences) else ""
    return bool(_ENDS.search(before) and _ENDS.search(after))


def _overlaps(question: str, sentences: Sequence[Sentence]) -> list[float]:
    """Return the part of the question's words that each sentence has; a word counts more the fewer have it.

    The weight of a word that n of N sentences have is log(1 + (N + ½) / (n + ½)).
    """
    sought = content_stems(question)
    shared = [sought & stems(sentence.text) for sentence in sentences]
    having = Counter(word for words in shared for word in words)
    weights = {word: log(1 + (len(sentences) + 0.5) / (having[word] + 0.5)) for word in sought}
    total = sum(weights.values()) or 1.0
    return [sum(weights[word] for word in words) / total for words in shared]


def _parts(question: str, sentence: Sentence) -> tuple[Excerpt, ...]:
    """Return what is shown of a sentence: the row below its head, the list, or one piece with what it refers to."""
    if tables.is_row(sentence):
        head = tables.head_of(sentence)
        return (head, sentence.alone) if head else (sentence.alone,)
    found = list_with(sentence)
    if found is None:
        return (with_what_it_refers_to(sentence),)
    item = next((item for item in found.items if item.overlaps(sentence.alone)), None)
    return (found.lead_in, *found.items) if item is None or asks_for_several(question) else (found.lead_in, item)


def _claim(question: str, sentence: Sentence, parts: Sequence[Excerpt]) -> Claim:
    text = "\n".join(part.text for part in parts)
    before = len(text) - len(sentence.text)
    return Claim(
        text,
        True,
        tuple(citation for part in parts for citation in cite(part)),
        marked=tuple((before + start, before + end) for start, end in _marks(question, sentence, parts)),
        polarity=polarity(question, sentence.text),
    )


def _marks(question: str, sentence: Sentence, parts: Sequence[Excerpt]) -> tuple[tuple[int, int], ...]:
    """Return the characters of a sentence that answer the question, where what is shown ends with it."""
    if parts[-1].last != sentence.number or len(parts) > 2:
        return ()
    head = tables.head_of(sentence) if tables.is_row(sentence) else None
    cell = tables.cell_asked_for(question, head, sentence) if head else None
    return (cell,) if cell else marks(question, sentence.text)
