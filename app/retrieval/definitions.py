"""Questions for what a term means, and sentences that say it: "What does AKI stand for?", "acute kidney injury (AKI)".

Such a sentence is seldom about the term alone, so nothing else finds it: neither the words of the question nor their
meaning tell it from the many that use the term. In English, and of German what is short and plain.
"""

import re
from functools import lru_cache

from app.domain.documents import Chunk
from app.models.word_vectors import words_of
from app.retrieval.words import small

_CALLED = r"(?:the |an? )?(?:(?:abbreviation|acronym|expression|initials|letters|phrase|term|word)s? )?"
_TERM = r"(?P<{}>\S.*?)"
_HERE = r"(?: (?:in|under|within) (?:this|the|these) \w+)?"
_ASKED = re.compile(
    rf"\W*(?:(?:and|but|please|so) )?(?:"
    rf"what (?:does|do) {_CALLED}{_TERM.format('means')} (?:stand for|mean|denote|signify|refer to)|"
    rf"what (?:is|are) {_CALLED}{_TERM.format('short')} (?:short for|an? (?:abbreviation|acronym) (?:for|of))|"
    rf"what (?:is|are) (?:meant|understood) by {_CALLED}{_TERM.format('meant')}|"
    rf"(?:what (?:is|are) )?the (?:definition|full name|meaning)s? of {_CALLED}{_TERM.format('meaning')}|"
    rf"how (?:is|are) {_CALLED}{_TERM.format('how')} defined|"
    rf"define {_CALLED}{_TERM.format('define')}|"
    rf"(?:was bedeutet|wofür steht) (?:(?:die )?abkürzung |der begriff |das wort )?{_TERM.format('steht')}"
    rf"){_HERE}\W*",
    re.IGNORECASE,
)
# "What does it mean that ...", "What does this mean?": no term.
_NO_TERM = re.compile(r"(?:he|i|it|one|she|that|these|they|this|those|we|you)\b", re.IGNORECASE)
_MOST_WORDS = 6
_LONGEST = 300
_SMALL = 3

_QUOTES = "\"'“”„«»‘’"
_VERBS = (
    r"(?:(?:shall )?means?|(?:is|are) (?:defined as|short for|an? (?:abbreviation|acronym) (?:for|of)|understood as)|"
    r"(?:shall )?(?:have|has) the meaning|refers? to|stands? for|denotes?|bedeutet|bezeichnet|steht für)\b"
)
_SHORT = re.compile(r"(?=.*[A-Z].*[A-Z])[A-Za-z][\w&./-]{1,11}")
"""What an abbreviation looks like: one word, with two capitals at least."""
# What stands between what is meant and the abbreviation, and between the abbreviation and what is meant.
_LINKS = r"(?:abbreviated |as |called |hereinafter |known |or |the |to )*"
_AFTER_LONG = re.compile(rf"(?: ?(?P<parenthesis>\()|, ){_LINKS}[{_QUOTES}]?\Z")
_BEFORE_LONG = re.compile(
    rf"[{_QUOTES}]?(?: (?P<parenthesis>\()|, |,? (?:(?:is|are|was)(?: short for)?|or|stands? for|short for) )"
    rf"{_LINKS}[{_QUOTES}]?(?P<form>[^(),;:.{_QUOTES}]*[^(),;:.{_QUOTES} ])"
)
_WORD = re.compile(r"\w+")
_ASKS_LONG_FORM = re.compile(
    r"\b(?:abbreviation|acronym|full name|initials|short for|stands? for|steht)\b", re.IGNORECASE
)


@lru_cache(64)
def term_asked(question: str) -> str:
    """Return the term whose meaning a question asks for; empty where it asks for something else."""
    found = _ASKED.fullmatch(" ".join(question.split())) if len(question) <= _LONGEST else None
    term = next(filter(None, found.groupdict().values()), "").strip(f" {_QUOTES}") if found else ""
    return "" if _NO_TERM.match(term) or len(term.split()) > _MOST_WORDS or not words_of(term) else term


def asks_long_form(question: str) -> bool:
    """Say whether a question asks what an abbreviation stands for: only what `defines` it answers that."""
    return bool(_SHORT.fullmatch(term_asked(question)) and _ASKS_LONG_FORM.search(question))


def defines(term: str, sentence: str) -> bool:
    """Say whether a sentence says what a term means.

    It may say so in words ("means", "stands for"), in parentheses behind what is meant or before it, or as an entry of
    a glossary does, in front of a colon, a dash or the next cell.
    """
    return _in_words(term).search(sentence) is not None or written_out(term, sentence) is not None


def passage_defines(term: str, chunk: Chunk) -> bool:
    """Say whether one of the sentences of a chunk `defines` a term."""
    return any(defines(term, " ".join(chunk.text[start:end].split())) for start, end in chunk.sentences)


def written_out(term: str, sentence: str) -> tuple[int, int] | None:
    """Return the characters of a sentence that write an abbreviation out, before or behind it; None = none do.

    Where one of both stands in parentheses, what is written out has the letters of the abbreviation, in order, and few
    words besides (Schwartz and Hearst, 2003); elsewhere, they are its initials.
    """
    if not _SHORT.fullmatch(term):
        return None
    for found in re.finditer(rf"(?<!\w){re.escape(term)}(?!\w)", sentence):
        before, after = sentence[: found.start()], sentence[found.end() :]
        if link := _AFTER_LONG.search(before):
            start = (_ending if link["parenthesis"] else _initials)(term, before[: link.start()])
            # A comma alone links nothing, but within parentheses.
            if start is not None and (link[0].strip(f" {_QUOTES}") != "," or before[:start].endswith("(")):
                return start, link.start()
        long = _BEFORE_LONG.match(after)
        if long and (_ending if long["parenthesis"] else _initials)(term, long["form"]) == 0:
            return found.end() + long.start("form"), found.end() + long.end("form")
    return None


def _ending(short: str, text: str) -> int | None:
    """Return where the shortest end of a text begins that has the letters of an abbreviation; None = none has.

    They stand in this order, the first of them at the beginning of a word.
    """
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    at = len(text)
    for number in range(len(letters) - 1, -1, -1):
        at -= 1
        while at >= 0 and not (
            text[at].casefold() == letters[number] and (number or at == 0 or not text[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    words = len(text[at:].split())
    return at if words <= min(len(letters) + 5, 2 * len(letters)) else None


def _initials(short: str, text: str) -> int | None:
    """Return where the end of a text begins whose words have the letters of an abbreviation as initials.

    Small or very short words may stand between ("de"). None = it does not end so.
    """
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    for word in reversed(list(_WORD.finditer(text))):
        if word[0][0].casefold() == letters[-1]:
            letters.pop()
        elif len(word[0]) > _SMALL and not small(word[0].lower()):
            return None
        if not letters:
            return word.start()
    return None


@lru_cache(64)
def _in_words(term: str) -> re.Pattern[str]:
    name = f"[{_QUOTES}]?{' '.join(map(re.escape, term.split()))}[{_QUOTES}]?"
    says = rf"(?<!\w){name}(?: \([^()]*\))?,? {_VERBS}"
    within = rf"\((?:(?:collectively,? |together,? )?the |each,? an? )?(?=[{_QUOTES}]){name}\)"
    entry = rf"\A\W*{name} ?(?:[:|–—]|- ) ?\S"
    return re.compile(f"{says}|{within}|{entry}", re.IGNORECASE)
