"""Checks what a model wrote against the passages. Nothing it says about its sources is believed."""

import re
from collections.abc import Iterable, Sequence

from app.answering.evidence import Sentence, cite, sentences_of
from app.answering.reading import Token, can_be_read, tokens
from app.documents.cleaning import plain
from app.domain.answers import Claim, Passage

# With fewer words, a claim is no statement that could be true or false.
_SHORTEST = 3
_LEAD_IN = re.compile(
    r"(?:according to|based on|as (?:stated|mentioned|described) in|in) (?:the |this )?(?:given |provided |above )?"
    r"(?:passages?|texts?|documents?|contexts?|information|sources?)(?: provided| given| above)?,? ",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s+")
_NEGATIONS = frozenset(("not", "no", "never", "none", "nor", "neither", "without", "nobody", "nothing"))


class Verifier:
    """Checks claims against the sentences of passages, whichever of them the model had in mind."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._sentences = [(sentence, tokens(sentence.text)) for sentence in sentences_of(passages)]

    def check(self, text: str, named: Sequence[Sentence] = ()) -> Claim:
        """Return the claim: supported, with a citation of the sentence it can be read off, or the reason why not.

        Of several such sentences, one of those that the model has ``named`` is cited.
        """
        text = plain(text)
        claim = tokens(_LEAD_IN.sub("", _BULLET.sub("", text)))
        words = {token.text for token in claim if token.weighs}
        for sentence, said in sorted(self._by_likeness(words), key=lambda known: known[0] not in named):
            if len(words) >= _SHORTEST and can_be_read(claim, said):
                return Claim(text, True, cite(sentence))
        nearest = self._by_likeness(words)[:1]
        citations = cite(nearest[0][0]) if nearest and words & {token.text for token in nearest[0][1]} else ()
        return Claim(text, False, citations, self._fault(claim, nearest[0][1] if nearest else []))

    def _by_likeness(self, words: set[str]) -> list[tuple[Sentence, list[Token]]]:
        return sorted(self._sentences, key=lambda known: -len(words & {token.text for token in known[1]}))

    def _fault(self, claim: Sequence[Token], nearest: Sequence[Token]) -> str:
        if len({token.text for token in claim if token.weighs}) < _SHORTEST:
            return "It says too little to be checked."
        everywhere = {token.text for _, said in self._sentences for token in said}
        numbers = [token.text for token in claim if token.number and token.text not in everywhere]
        if numbers:
            return f"The passages do not have the number {numbers[0]}."
        # The first word of a sentence is written with a capital whatever it is.
        names = [token.text for token in claim[1:] if token.name and token.text not in everywhere]
        if names:
            return f"The passages do not mention {names[0].title()}."
        if can_be_read(_affirmed(claim), _affirmed(nearest)):
            return "The nearest sentence of the passages says no where this says yes, or the other way round."
        return "No sentence of the passages says this in so many words."


def _affirmed(said: Sequence[Token]) -> list[Token]:
    return [token for token in said if token.text not in _NEGATIONS]
