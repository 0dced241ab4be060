"""Questions about what is not so, and sentences that say so."""

import re

_NOT = r"not|no|never|none|nor|neither|without|nobody|nothing|cannot"
_DENIAL = re.compile(rf"\b(?:{_NOT})\b|n[’']t\b", re.IGNORECASE)
_DENYING = re.compile(
    rf"\b(?:{_NOT}|except|few|hardly|impossible|instead|non|only|rarely|rather|unable|unless|"
    r"(?:avoid|den[iy]|exclu|fail|forb[ai]d|lack|oppos|prevent|prohib|refrain|refus|reject)\w*)\b|n[’']t\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b", re.IGNORECASE)


def asks_openly(question: str) -> bool:
    """Say whether a question asks who, what, when and the like. In English.

    What somebody states is no such question, nor one that asks for yes or no: the documents may say the contrary.
    """
    asking = _ASKS.search(question)
    return asking is not None and (asking.start() == 0 or question.rstrip().endswith("?"))


def asks_what_is_not(question: str) -> bool:
    """Say whether a question asks what is not so: "Which ward was not inspected?". In English."""
    return asks_openly(question) and bool(_DENIAL.search(question))


def denies(text: str) -> bool:
    """Say whether a sentence says what is not so, or how something was kept from being."""
    return bool(_DENYING.search(text))
