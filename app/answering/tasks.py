"""Questions that are about documents as a whole: a summary, what differs between two, every place of a word."""

import re
from dataclasses import dataclass
from enum import Enum, auto

_POLITE = r"(?:please |can you |could you |would you |i want |i need )*"
# What may follow: it changes nothing of what is meant.
_AFTERWARDS = re.compile(
    r"(?:(?:,? please|,? for me|,? briefly|,? in short|,? in (?:\w+ )?(?:sentences?|words|lines|points)|"
    r",? in (?:this|these|the|all)(?: of these| two| the)? (?:documents?|files?|papers?))){1,3}$",
    re.IGNORECASE,
)
_PAPERS = r"(?:agreements?|contracts?|documents?|files?|papers?|reports?|texts?|versions?)"
_ALL = r"(?:(?:all|both)(?: of)?(?: the| these| those)?|the|these|those)(?: two)?"
_NAMED = rf"(?:(?:this|that|the|my) {_PAPERS}|{_ALL} {_PAPERS})"
_TWO = rf"(?:{_ALL} {_PAPERS}|these two|both)"

_SHORT = r"(?:an? |the )?(?:short |brief )?(?:summary|overview)"
_POINTS = r"(?:the )?(?:key|main|most important) (?:points|statements)"
_SUMMARY = re.compile(
    rf"{_POLITE}(?:summari[sz]e(?: (?P<what>.+))?|sum up (?P<up>.+)|"
    rf"(?:give|write|make)(?: me)? {_SHORT}(?: of (?P<wanted>.+))?|{_SHORT} of (?P<of>.+)|"
    rf"(?:(?:give|list|show|tell)(?: me)? |what are )?{_POINTS} (?:of|in) (?P<points>.+)|"
    r"what (?:is|are) (?!(?:it|this|that|they|them) about)(?P<about>.+) about|tl;?dr(?: of (?P<short>.+))?)",
    re.IGNORECASE,
)
_IN_SCOPE = re.compile(rf"{_NAMED}|this|it|them|everything|all of it|all|both|these two", re.IGNORECASE)
_COMPARISON = re.compile(
    rf"{_POLITE}(?:compare (?P<compared>.+)|how do (?P<differ>{_TWO}) differ|"
    r"(?:what (?:is|are)|show me|tell me) the (?:changes|differences?) (?:between|of) (?P<between>.+)|"
    r"(?:what|how much) (?:has )?changed between (?P<changed>.+))",
    re.IGNORECASE,
)
_JOINED = re.compile(r",? (?:and|to|with|against|versus|vs\.?) ", re.IGNORECASE)
_LISTED = re.compile(r", | and |, and ", re.IGNORECASE)
_HAVING = (
    r"(?:with|containing|mentioning|(?:that|which) (?:contains?|mentions?|uses?)|"
    r"(?:where|in which)(?= .+ (?:is|are) (?:mentioned|named|used)$))"
)
_OCCURRENCES = re.compile(
    rf"{_POLITE}(?:(?:find|give|list|show)(?: me)? )?(?:all|each|every)(?: of)?(?: the)? "
    rf"(?:(?:instances?|mentions?|occurrences?|places?) of|(?:passages?|places?|sentences?) {_HAVING}) (?P<what>.+?)"
    r"(?: (?:is|are) (?:mentioned|named|used))?|"
    rf"{_POLITE}where (?:is|are) (?P<where>.+?) mentioned|"
    r"where do(?:es)? (?P<does>.+?) (?:appear|occur)|where does the (?:name|phrase|term|word) (?P<stands>.+?) stand|"
    rf"which {_PAPERS} mentions? (?P<which>.+)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”„«'‘](.+)[\"”“»'’]")
_ARTICLE = re.compile(r"(?:the|an?) (?:(?:name|phrase|term|word)s? )?|(?:name|phrase|term|word)s? ", re.IGNORECASE)

# The patterns' time grows with the square of the length.
_LONGEST = 400
_MOST_WAYS = 16


class Kind(Enum):
    """What is to be done with documents."""

    SUMMARY = auto()
    COMPARISON = auto()
    OCCURRENCES = auto()


Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of documents as a whole.

    Attributes:
        ways: the ways to read which documents it names, the likeliest first: in "Terms and Conditions and Lease", any
            "and" may be the one between two names; empty = those in scope.
        phrase: the words whose places are wanted.
    """

    kind: Kind
    ways: tuple[Names, ...] = ()
    phrase: str = ""


def task_of(question: str) -> Task | None:
    """Return what a question asks of documents as a whole; None where it asks for something in them.

    A name that is no document's ("Summarise the rules on smoking") makes it such a question after all.
    """
    line = " ".join(question.split()).rstrip(" .?!")
    if len(line) > _LONGEST:
        return None
    line = _AFTERWARDS.sub("", line)
    if found := _OCCURRENCES.fullmatch(line):
        return Task(Kind.OCCURRENCES, phrase=_phrase(_said(found)))
    if found := _COMPARISON.fullmatch(line):
        if re.fullmatch(_TWO, said := _said(found), re.IGNORECASE):
            return Task(Kind.COMPARISON)
        ways = _two(said)
        return Task(Kind.COMPARISON, ways) if ways else None
    if found := _SUMMARY.fullmatch(line):
        said = _said(found)
        return Task(Kind.SUMMARY, () if not said or _IN_SCOPE.fullmatch(said) else _several(said))
    return None


def _two(said: str) -> tuple[Names, ...]:
    """Return the ways in which a text may name two documents, those that part no quotation first."""
    ways = [
        (said[: joint.start()], said[joint.end() :])
        for joint in _JOINED.finditer(said)
        if joint.start() and joint.end() < len(said)
    ]
    whole = [way for way in ways if all(_QUOTED.fullmatch(name) for name in way)]
    return tuple(tuple(map(_name, way)) for way in (whole or ways)[:_MOST_WAYS])


def _several(said: str) -> tuple[Names, ...]:
    """Return the ways in which a text may name one document or several: it is one, a list, or two with a joint."""
    listed = tuple(_name(name) for name in _LISTED.split(said) if name)
    ways = [(_name(said),), *([listed] if len(listed) > 1 else []), *_two(said)]
    return tuple(dict.fromkeys(ways))


def _said(found: re.Match[str]) -> str:
    return next((words for words in found.groups() if words), "")


def _name(words: str) -> str:
    bare = re.sub(r"^(?:the )?(?:document|file) ", "", words, flags=re.IGNORECASE)
    quoted = _QUOTED.fullmatch(bare)
    return quoted[1] if quoted else bare


def _phrase(words: str) -> str:
    """Return the words whose places are wanted, without quotation marks, or else without the article."""
    bare = _ARTICLE.sub("", words, count=1) if _ARTICLE.match(words) else words
    quoted = _QUOTED.fullmatch(words) or _QUOTED.fullmatch(bare)
    return quoted[1] if quoted else bare
