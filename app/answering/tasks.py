"""Questions that are about documents as a whole: a summary, what differs between two, every place of a word."""

import re
from dataclasses import dataclass
from enum import Enum, auto

_POLITE = r"(?:please |can you |could you |i want |i need )?"
_PAPERS = r"(?:agreements?|contracts?|documents?|files?|papers?|reports?|texts?|versions?)"
_ALL = r"(?:(?:all|both)(?: of)?(?: the| these| those)?|the|these|those)(?: two)?"
_NAMED = rf"(?:(?:this|that|the|my) {_PAPERS}|{_ALL} {_PAPERS})"
_TWO = rf"(?:{_ALL} {_PAPERS}|these two)"

_SHORT = r"(?:an? |the )?(?:short |brief )?(?:summary|overview)"
_SUMMARY = re.compile(
    rf"{_POLITE}(?:summari[sz]e(?: (?P<what>.+))?|"
    rf"(?:give|write|make)(?: me)? {_SHORT}(?: of (?P<wanted>.+))?|{_SHORT} of (?P<of>.+)|"
    rf"what (?:is|are) (?P<about>{_NAMED}) about)",
    re.IGNORECASE,
)
_IN_SCOPE = re.compile(rf"{_NAMED}|this|it|them|everything|all of it|all", re.IGNORECASE)
_COMPARISON = re.compile(
    rf"{_POLITE}(?:compare (?:(?P<both>{_TWO})|(?P<one>.+?) (?:and|to|with|against) (?P<other>.+))|"
    rf"how do (?P<differ>{_TWO}) differ|"
    rf"what (?:is|are) the differences? between (?:(?P<between>{_TWO})|(?P<first>.+?) and (?P<second>.+)))",
    re.IGNORECASE,
)
_HAVING = (
    r"(?:with|containing|mentioning|(?:that|which) (?:contains?|mentions?|uses?)|"
    r"(?:where|in which)(?= .+ (?:is|are) (?:mentioned|named|used)$))"
)
_OCCURRENCES = re.compile(
    rf"{_POLITE}(?:(?:find|give|list|show)(?: me)? )?(?:all|each|every)(?: of)?(?: the)? "
    rf"(?:(?:instances?|mentions?|occurrences?) of|(?:passages?|places?|sentences?) {_HAVING}) (?P<what>.+?)"
    r"(?: (?:is|are) (?:mentioned|named|used))?|"
    rf"{_POLITE}where (?:is|are) (?P<where>.+?) mentioned|"
    r"where does the (?:name|phrase|term|word) (?P<does>.+?) (?:appear|occur|stand)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”„«'‘](.+)[\"”“»'’]")
_ARTICLE = re.compile(r"(?:the|an?) (?:(?:name|phrase|term|word)s? )?|(?:name|phrase|term|word)s? ", re.IGNORECASE)

# The patterns' time grows with the square of the length.
_LONGEST = 400


class Kind(Enum):
    """What is to be done with documents."""

    SUMMARY = auto()
    COMPARISON = auto()
    OCCURRENCES = auto()


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of documents as a whole.

    Attributes:
        names: what the question calls the documents; empty = those in scope.
        phrase: the words whose places are wanted.
    """

    kind: Kind
    names: tuple[str, ...] = ()
    phrase: str = ""


def task_of(question: str) -> Task | None:
    """Return what a question asks of documents as a whole; None where it asks for something in them.

    A name that is no document's ("Summarise the rules on smoking") makes it such a question after all.
    """
    line = " ".join(question.split()).rstrip(" .?!")
    if len(line) > _LONGEST:
        return None
    if found := _OCCURRENCES.fullmatch(line):
        return Task(Kind.OCCURRENCES, phrase=_phrase(_said(found)[0]))
    if found := _COMPARISON.fullmatch(line):
        both = found["both"] or found["differ"] or found["between"]
        return Task(Kind.COMPARISON, () if both else tuple(map(_name, _said(found))))
    if found := _SUMMARY.fullmatch(line):
        return Task(Kind.SUMMARY, tuple(_name(name) for name in _said(found) if not _IN_SCOPE.fullmatch(name)))
    return None


def _said(found: re.Match[str]) -> list[str]:
    return [words for words in found.groups() if words]


def _name(words: str) -> str:
    bare = re.sub(r"^the (?:document|file) ", "", words, flags=re.IGNORECASE)
    quoted = _QUOTED.fullmatch(bare)
    return quoted[1] if quoted else bare


def _phrase(words: str) -> str:
    """Return the words whose places are wanted, without quotation marks, or else without the article."""
    bare = _ARTICLE.sub("", words, count=1) if _ARTICLE.match(words) else words
    quoted = _QUOTED.fullmatch(words) or _QUOTED.fullmatch(bare)
    return quoted[1] if quoted else bare
