"""Questions that say which document they are about: "In the agreement between A and B: which law governs?"."""

import re
from dataclasses import dataclass

# A question word after the comma, or a colon: "In 2011, the company ..." is one statement.
_BEFORE = re.compile(
    r"(?:(?:in|under|according to|as per|per|from|for|regarding|within|of)\s+)?(?P<name>[^:?]{3,}?)\s*"
    r"(?::\s+|,\s+(?=(?:who|whom|whose|what|when|where|which|how|why|is|are|was|were|do|does|did|can|could|may|must|"
    r"shall|should|will|would|has|have|had)\b))(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
# Only papers: "the border between A and B" is what a question is about, not where its answer stands.
_AFTER = re.compile(
    r"(?P<rest>.{8,}?)\s+(?:in|under|of|by|to|from|per|according to)\s+(?P<name>the\s[^?]*?(?:agreement|amendment|case|"
    r"contract|deed|lease|letter|licen[cs]e|memorandum|policy|settlement|treaty)\sbetween\s[^?]+?)[\s?.]*",
    re.IGNORECASE | re.DOTALL,
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
