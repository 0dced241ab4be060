"""Whether a sentence says yes or no to a question that asks for that. Only where it is certain: see `reading`.

The question is turned into the statement that it asks about, with its verb at every place where the subject may end,
and that is read off the sentence, as a model's claim would be. Where it can only be read after a negation is taken out
of the sentence, the sentence says no.
"""

import re

from app.answering.reading import Token, can_be_read, tokens
from app.domain.answers import Polarity

_ASKS = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_NEGATIONS = frozenset(("not", "no", "never"))
_OF_NOW = frozenset(("do", "does"))


def polarity(question: str, text: str) -> Polarity | None:
    """Return what a sentence says to a question; None where it is no such question, or that is not certain."""
    question = question.strip(" \n\t?!.")
    # "Is it red or blue?" is not answered by yes.
    if not _ASKS.fullmatch(question) or _OR.search(question):
        return None
    verb, *rest = tokens(question)
    said = tokens(text)
    negations = [place for place, token in enumerate(said) if token.text in _NEGATIONS]
    if not _same_time(verb, said) or any(token.text in _NEGATIONS for token in rest):
        return None
    if _stated(verb, rest, said):
        return Polarity.YES
    if len(negations) == 1 and _stated(verb, rest, said[: negations[0]] + said[negations[0] + 1 :]):
        return Polarity.NO
    return None


def _same_time(verb: Token, said: list[Token]) -> bool:
    """Say whether a sentence speaks of the time that a question asks about: to read a claim, "is" may be "was"."""
    past = any(token.text == "did" or (token.text.endswith("ed") and not token.name) for token in said)
    if verb.text in _OF_NOW:
        return not past
    return past if verb.text == "did" else any(token.text == verb.text for token in said)


def _stated(verb: Token, rest: list[Token], said: list[Token]) -> bool:
    return any(can_be_read([*rest[:place], verb, *rest[place:]], said) for place in range(1, len(rest) + 1))
