"""Sentences that begin by referring to what was said before, and are not understood without it."""

import re

from app.answering.evidence import Excerpt, Sentence

MOST_BROUGHT = 2
"""Sentences that one brings along at most."""

_CONNECTIVE = (
    "(?:after (?:that|this)|also|and|as (?:a result|such)|at (?:first|that time|the same time)|besides|but|"
    "consequently|finally|furthermore|hence|however|in (?:addition|contrast|fact|this case)|instead|later|meanwhile|"
    "moreover|nevertheless|on the other hand|otherwise|similarly|soon|still|subsequently|"
    "then|thereafter|therefore|thus|yet)"
)
# "This Agreement" is what a contract calls itself, and in "it is agreed that" nothing is referred to.
_REFERS = re.compile(
    rf"[\"“(]?(?:{_CONNECTIVE},? )?(?:he|she|they|his|her|their|its|it(?! (?:is|was|has been) \w+ (?:that|to)\b)|"
    r"th(?:is|at|ese|ose)(?! (?-i:[A-Z])| (?:agreement|contract|document|lease|paper|policy|report|section|study)\b)|"
    r"such|both|another|the (?:former|latter|same|others?))\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\"”’)\]]*$")


def with_what_it_refers_to(sentence: Sentence) -> Excerpt:
    """Return a sentence and, where it begins by referring to them, the one or two before it."""
    passage, first = sentence.passage, sentence.number
    while first > max(0, sentence.number - MOST_BROUGHT) and refers_back(Sentence(passage, first).text):
        before = Sentence(passage, first - 1).text
        if before.isupper() or not _ENDS.search(before):
            break  # a heading, or the row of a table
        first -= 1
    return Excerpt(passage, first, sentence.number)


def refers_back(text: str) -> bool:
    """Say whether a sentence begins with a word that stands for something said before."""
    return bool(_REFERS.match(text))
