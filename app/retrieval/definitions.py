"""Questions for what a term means, and sentences that say it: "What does AKI stand for?", "acute kidney injury (AKI)".

Such a sentence is seldom about the term alone, so nothing else finds it: neither the words of the question nor their
meaning tell it from the many that use the term. In English, and of German what is short and plain.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from app.domain.documents import Chunk
from app.models.word_vectors import words_of
from app.retrieval.words import small

_CALLED = r"(?:the |an? )?(?:(?:abbreviation|acronym|expression|initials|letters|phrase|term|word)s? )?"
_TERM = r"(?P<{}>\S.*?)"
_HERE = (
    r"(?: (?:in|under|within) (?:this|the|these|(?:article|clause|section)) [\w.]+| (?:im|in der|in diesem) \w+|"
    r",? please)*"
)
_ASKED = re.compile(
    rf"\W*(?:(?:and|but|please|so) )?(?:"
    rf"what (?:does|do) {_CALLED}{_TERM.format('means')} (?:stand for|mean|denote|signify|refer to)|"
    rf"what (?:is|are) {_CALLED}{_TERM.format('short')} (?:short for|an? (?:abbreviation|acronym) (?:for|of))|"
    rf"what (?:is|are) (?:meant|understood) by {_CALLED}{_TERM.format('meant')}|"
    rf"(?:what (?:is|are) )?the (?:definition|meaning)s? of {_CALLED}{_TERM.format('meaning')}|"
    rf"how (?:is|are) {_CALLED}{_TERM.format('how')} defined|"
    rf"define {_CALLED}{_TERM.format('define')}|"
    rf"(?:was (?:bedeutet|heißt)|wofür steht) (?:(?:die )?abkürzung |der begriff |das wort )?{_TERM.format('steht')}"
    rf"){_HERE}[\s?.!…]*",
    re.IGNORECASE,
)
# "What does it mean that ...", "What does this mean?": no term. "IT" is one.
_NO_TERM = re.compile(r"(?:[Hh]e|I|[Ii]t|[Oo]ne|[Ss]he|[Tt]h(?:at|ese|ey|is|ose)|[Ww]e|[Yy]ou)(?: (?![A-Z])|\Z)")
_IN_PARENTHESES = re.compile(r"\s*\([^()]*\)\Z")
_MOST_WORDS = 6
_LONGEST = 300
_SMALL = 3

_QUOTES = "\"'“”„«»‘’"
_VERBS = (
    r"(?:(?:shall )?means?|(?:is|are) (?:defined as|short for|an? (?:abbreviation|acronym) (?:for|of)|understood as)|"
    r"(?:shall )?(?:have|has) the meaning|refers? to|stands? for|denotes?|indicates?|bedeutet|bezeichnet|steht für)\b"
)
_SHORT = re.compile(r"(?=.*[A-Z].*[A-Z])[A-Za-z][\w&./-]{1,11}")
"""What an abbreviation looks like: one word, with two capitals at least."""
# What stands between what is meant and the abbreviation, and between the abbreviation and what is meant.
_LINKS = (
    r"(?:abbr\. |abbreviated |also |as |called |henceforth |hereafter |hereinafter |im folgenden:? |known |kurz:? |"
    r"nachfolgend |or |referred |the |to )*"
)
_AFTER_LONG = re.compile(rf"(?: ?(?P<parenthesis>[(\[])|, ){_LINKS}[{_QUOTES}]?\Z", re.IGNORECASE)
_BEFORE_LONG = re.compile(
    rf"[{_QUOTES}]?(?: (?P<parenthesis>[(\[])|, |,? (?:(?:is|are|was)(?: short for)?|or|stands? for|short for|=) )"
    rf"{_LINKS}[{_QUOTES}]?(?P<form>[^()\[\],;:.{_QUOTES}]*[^()\[\],;:.{_QUOTES} ])",
    re.IGNORECASE,
)
# Characters before an abbreviation in which what it stands for may begin.
_BEFORE = 200
_WORD = re.compile(r"\w+")
_CLAUSE = re.compile(
    r"\b(?:am|are|be|been|can|did|do|does|had|has|have|is|may|must|shall|was|were|will)\b", re.IGNORECASE
)
_ASKS_LONG_FORM = re.compile(r"\b(?:abbreviation|acronym|initials|short for|stands? for|steht)\b", re.IGNORECASE)


@lru_cache(64)
def term_asked(question: str) -> str:
    """Return the term whose meaning a question asks for; empty where it asks for something else."""
    found = _ASKED.fullmatch(" ".join(question.split())) if len(question) <= _LONGEST else None
    term = next(filter(None, found.groupdict().values()), "").strip(f" {_QUOTES}") if found else ""
    term = _IN_PARENTHESES.sub("", term)
    return "" if _NO_TERM.match(term) or len(term.split()) > _MOST_WORDS or not words_of(term) else term


def asks_long_form(question: str) -> bool:
    """Say whether a question asks what an abbreviation stands for."""
    return bool(_SHORT.fullmatch(term_asked(question)) and _ASKS_LONG_FORM.search(question))


def defining(term: str, sentences: Sequence[str]) -> list[int]:
    """Return which of some sentences say what a term means; the numbers of those that say it best.

    That is in words ("means", "stands for") or in parentheses behind what is meant or before it; or else as an entry of
    a glossary, in front of a colon, a dash or the next cell.
    """
    said = [number for number, text in enumerate(sentences) if _says(term, text) or written_out(term, text)]
    return said or [number for number, text in enumerate(sentences) if _entry(term).match(text)]


def chunk_defines(term: str, chunk: Chunk) -> bool:
    """Say whether one of the sentences of a chunk says what a term means."""
    return bool(defining(term, [" ".join(chunk.text[start:end].split()) for start, end in chunk.sentences]))


def may_define(term: str, chunk: Chunk) -> bool:
    """Say whether a chunk has a term where terms are explained: in brackets, or at the beginning of a sentence."""
    name = re.escape(term)
    place = re.compile(rf"[(\[][^()\[\]]*\b{name}\b[^()\[\]]*[)\]]|(?:\A|\n)\W*{name}\b")
    sentences = "\n".join(chunk.text[start:end] for start, end in chunk.sentences)
    return bool(place.search(sentences))


def written_out(term: str, sentence: str) -> tuple[int, int] | None:
    """Return the characters of a sentence that write an abbreviation out, before or behind it; None = none do.

    Where one of both stands in parentheses, what is written out has the letters of the abbreviation, in order, and few
    words besides (Schwartz and Hearst, 2003); elsewhere, they are its initials.
    """
    if not _SHORT.fullmatch(term):
        return None
    for found in re.finditer(rf"(?<!\w){re.escape(term)}s?(?!\w)", sentence):
        first = max(0, found.start() - _BEFORE)
        before, after = sentence[first : found.start()], sentence[found.end() :]
        if link := _AFTER_LONG.search(before):
            start = (_ending if link["parenthesis"] else _initials)(term, before[: link.start()])
            # A comma alone links nothing, but within parentheses.
            if start is not None and (link[0].strip(f" {_QUOTES}") != "," or before[:start].endswith("(")):
                return first + start, first + link.start()
        long = _BEFORE_LONG.match(after)
        if long and (_ending if long["parenthesis"] else _initials)(term, long["form"]) == 0:
            return found.end() + long.start("form"), found.end() + long.end("form")
    return _listed(term, sentence)


def _listed(term: str, sentence: str) -> tuple[int, int] | None:
    """Return what stands behind an abbreviation in a list of them, as "CKD Chronic kidney disease"."""
    if not sentence.startswith(f"{term} "):
        return None
    words = list(_WORD.finditer(sentence, len(term)))[: len(_letters(term))]
    if not words or _initials(term, sentence[words[0].start() : words[-1].end()]) != 0:
        return None
    return words[0].start(), words[-1].end()


def _letters(short: str) -> list[str]:
    return [letter for letter in short.casefold() if letter.isalnum()]


def _ending(short: str, text: str) -> int | None:
    """Return where the shortest end of a text begins that has the letters of an abbreviation; None = none has.

    They stand in this order, the first of them at the beginning of a word; a clause is not what it stands for.
    """
    letters = _letters(short)
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
    return at if words <= min(len(letters) + 5, 2 * len(letters)) and not _CLAUSE.search(text, at) else None


def _initials(short: str, text: str) -> int | None:
    """Return where the end of a text begins whose words have the letters of an abbreviation as initials.

    Small or very short words may stand between ("de"). None = it does not end so.
    """
    letters = _letters(short)
    for word in reversed(list(_WORD.finditer(text))):
        if word[0][0].casefold() == letters[-1]:
            letters.pop()
        elif len(word[0]) > _SMALL and not small(word[0].lower()):
            return None
        if not letters:
            return word.start()
    return None


def _name(term: str) -> str:
    """Return the pattern of a term, in the singular or the plural, alone or in quotation marks."""
    bare = rf"{' '.join(map(re.escape, term.removesuffix('s').split()))}s?"
    return rf"(?:[{_QUOTES}]{bare}[{_QUOTES}]|(?<![\w-]){bare}(?![\w{_QUOTES}-]))"


@lru_cache(64)
def _saying(term: str) -> re.Pattern[str]:
    name = _name(term)
    says = rf"(?<!what )(?<!what the )(?<!how ){name}(?: \([^()]*\))?,? {_VERBS}"
    within = rf"[(\[](?:(?:collectively,? |together,? )?{_LINKS}|each,? an? )(?=[{_QUOTES}]){name}[)\]]"
    return re.compile(f"{says}|{within}", re.IGNORECASE)


def _says(term: str, sentence: str) -> bool:
    return _saying(term).search(sentence) is not None


@lru_cache(64)
def _entry(term: str) -> re.Pattern[str]:
    return re.compile(rf"\W*{_name(term)} ?(?:[:|–—=]|- ) ?(?!see\b)\S", re.IGNORECASE)
