"""Questions that say which document they are about: "In the agreement between A and B: which law governs?".

Or which documents: "What is the difference between the Lease Agreement and the Licence Agreement?".
"""

import re
from dataclasses import dataclass

_PAPER = "agreement|amendment|case|contract|deed|lease|letter|licen[cs]e|memorandum|policy|report|settlement|treaty"
_PAPERS = (
    "agreements|amendments|cases|contracts|deeds|documents|leases|letters|licen[cs]es|memorand(?:a|ums)|papers|policies|"
    "reports|settlements|treaties"
)
_COMPARES = re.compile(
    r"\b(?:compar(?:e|es|ed|ing|ison)|differ|differs|differences?\s+(?:among|between)|versus|vs|"
    rf"(?:which|each|either|neither)\s+of\s+(?:the\s+two|these|those|the\s+(?:{_PAPERS}))|"
    rf"(?:all|both|the\s+two|these\s+two)\s+(?:the\s+)?(?:\w+\s+)?(?:{_PAPERS}))\b",
    re.IGNORECASE,
)
_NAMES = re.compile(rf"(?:[A-Z][\w&.’'-]*\s+){{1,6}}(?:(?i:{_PAPER}))\b")

# A question word after the comma, or a colon: "In 2011, the company ..." is one statement.
_BEFORE = re.compile(
    r"(?:(?:in|under|according to|as per|per|from|for|regarding|within|of)\s+)?"
    r"(?!(?:after|although|as|because|before|if|once|since|though|unless|until|when|whenever|where|whereas|while)\b)"
    r"(?P<name>[^:?]{3,}?)\s*"
    r"(?::\s+|,\s+(?=(?:who|whom|whose|what|when|where|which|how|why|is|are|was|were|do|does|did|can|could|may|must|"
    r"shall|should|will|would|has|have|had)\b))(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
# Only papers: "the border between A and B" is what a question is about, not where its answer stands.
_AFTER = re.compile(
    r"(?P<rest>.{8,}?)\s+(?:in|under|of|by|to|from|per|according to)\s+(?P<name>the\s[^?]*?"
    rf"(?:{_PAPER})\sbetween\s[^?]+?)[\s?.]*",
    re.IGNORECASE | re.DOTALL,
)


_BEFORE_FILE = (
    r"(?P<within>\b(?:according to|as per|from|in|of|per|under|within)\s+)?(?:\b(?:the\s+)?(?:document|file)\s+)?"
)

# The patterns' time grows with the square of the length.
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class NamedQuestion:
    """A question in two parts.

    Attributes:
        name: what it calls the document; empty where it names none.
        rest: what it wants to know.
    """

    name: str
    rest: str


def split(question: str) -> NamedQuestion:
    """Take a question apart where it names a document: by two capitalised words at least, before or after the rest."""
    line = " ".join(question.split())
    for form in (_BEFORE, _AFTER) if len(line) <= _LONGEST else ():
        match = form.fullmatch(line)
        if match and sum(word[0].isupper() for word in match["name"].split()) > 1:
            return NamedQuestion(match["name"], match["rest"])
    return NamedQuestion("", question)


def without(question: str, file: str) -> str:
    """Return a question without the name of a file: with nothing in its place, or "it" where that would be missing."""
    named = re.compile(rf"{_BEFORE_FILE}[\"“”„«'‘]?{re.escape(file)}[\"“”»'’]?[,:]?", re.IGNORECASE)
    bare = named.sub(lambda found: " " if found["within"] else "it", question)
    return re.sub(r"\s+(?=[?.!])", "", " ".join(bare.split())) or question


def compares(question: str) -> bool:
    """Say whether a question is about several things side by side."""
    return bool(_COMPARES.search(question[:_LONGEST]))


def sides(question: str) -> tuple[str, ...]:
    """Return what a question calls the documents that it compares; none where it names fewer than two."""
    names = tuple(dict.fromkeys(_NAMES.findall(question[:_LONGEST]))) if compares(question) else ()
    return names if len(names) > 1 else ()
