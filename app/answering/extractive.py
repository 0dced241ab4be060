"""The answer in the documents' own words: the best sentences of the passages."""

from collections import Counter
from collections.abc import Sequence
from math import log

from app.answering.evidence import Sentence, cite, sentences_of
from app.answering.expected import has_expected
from app.domain.answers import Claim
from app.domain.documents import HEADING_SEPARATOR
from app.retrieval.search import Found
from app.retrieval.words import content_stems, stems

MOST_CLAIMS = 2

MET, EXPECTED = 2.0, 0.3
"""Weights of how well a sentence meets the question word by word, and of having what it asks for, against the score of
its passage and the part of the question's words that it has. Chosen on squad's questions, its halves side by side.
"""

SECOND = 0.7
"""Another sentence is shown where it meets the question at least so well, as a share of the first. That leaves out one
in five, and one in a thousand answers of squad."""

# In words: a sentence, and what is a heading where it is all in capitals.
_SHORTEST, _LONGEST_HEADING = 4, 12
_STOPS = ".:…"


def answer(found: Found) -> list[Claim]:
    """Return the best sentences as claims, each with its citations, best first."""
    everything = sentences_of(found.passages)
    sentences = [sentence for sentence in everything if _says_something(sentence)] or everything
    expected = has_expected(found.question)
    scored = [
        (sentence.passage.score + MET * sentence.met + overlap + EXPECTED * expected(sentence), sentence)
        for sentence, overlap in zip(sentences, _overlaps(found.question, sentences), strict=True)
    ]
    scored.sort(key=lambda pair: -pair[0])
    best: dict[str, Sentence] = {}
    for _, sentence in scored:
        best.setdefault(sentence.text, sentence)
    shown = list(best.items())[:MOST_CLAIMS]
    worth = [(text, sentence) for text, sentence in shown if sentence.met >= SECOND * shown[0][1].met]
    return [Claim(text, True, cite(sentence)) for text, sentence in worth]


def _says_something(sentence: Sentence) -> bool:
    """Say whether it is more than a heading or a lead-in, which repeat the words of a question and do not answer it."""
    passage, length = sentence.passage, len(sentence.text.split())
    headings = (passage.title, *passage.chunk.heading.split(HEADING_SEPARATOR))
    heading = sentence.text.rstrip(_STOPS) in [known.rstrip(_STOPS) for known in headings]
    shouted = sentence.text.isupper() and length <= _LONGEST_HEADING
    return length >= _SHORTEST and not (heading or shouted or sentence.text.endswith(":"))


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
