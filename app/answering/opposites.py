"""Sentences that tell of the opposite, or of another number: of the highest court, where the lowest is asked for.

Nothing is nearer to a question, by its words and by their meaning, than a sentence that says the same of another thing.
"""

import re
from itertools import pairwise

from app.retrieval.words import small

# Of degree, order, direction and kind. Left out are those that one sentence answers for both, such as "bought" and
# "sold", "brother" and "sister", "how far" and "near".
_PAIRS = (
    "accepted-rejected active-inactive allowed-forbidden allowed-prohibited always-never ancient-modern "
    "approved-rejected best-worst better-worse civilian-military coldest-hottest cold-hot common-rare "
    "compulsory-voluntary cool-warm credit-debit decline-growth decrease-increase decreased-increased "
    "decreases-increases decreasing-increasing deep-shallow defence-offence defense-offense defensive-offensive "
    "difficult-easy direct-indirect domestic-foreign dry-wet earlier-later earliest-latest early-late east-west "
    "eastern-western equal-unequal excluded-included excludes-includes exclusive-inclusive expense-income "
    "export-import exported-imported exports-imports external-internal fast-slow faster-slower fastest-slowest "
    "female-male few-many fewer-more first-last furthest-nearest good-bad heavier-lighter heaviest-lightest "
    "heavy-light high-low higher-lower highest-lowest inside-outside large-small larger-smaller largest-smallest "
    "least-most "
    "left-right legal-illegal less-more likely-unlikely long-short longer-shorter longest-shortest lower-upper "
    "loss-profit majority-minority major-minor mandatory-optional maximal-minimal maximum-minimum narrow-wide "
    "negative-positive new-old newest-oldest north-south northern-southern older-younger oldest-youngest "
    "permanent-temporary poor-rich poorest-richest possible-impossible private-public regular-irregular rural-urban "
    "strong-weak stronger-weaker strongest-weakest summer-winter defeat-victory failure-success horizontal-vertical"
)
# Of these, the word after them must be the same, too: a sentence has many.
_PREPOSITIONS = "above-below after-before over-under with-without"
_ARTICLES = frozenset(("a", "an", "the"))
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")


def _opposites(pairs: str) -> dict[str, frozenset[str]]:
    known: dict[str, set[str]] = {}
    for pair in pairs.split():
        one, other = pair.split("-")
        known.setdefault(one, set()).add(other)
        known.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in known.items()}


_OPPOSITES, _OF_PREPOSITIONS = _opposites(_PAIRS), _opposites(_PREPOSITIONS)
_NONE: frozenset[str] = frozenset()


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _ARTICLES]


def tells_of_the_opposite(question: str, sentence: str) -> bool:
    """Say whether a sentence has the opposite of a word of the question, and not the word. In English."""
    asked, said = _words(question), _words(sentence)
    opposed, together = frozenset(said) - frozenset(asked), frozenset(pairwise(said))
    for before, word, after in zip(["", *asked], asked, [*asked[1:], ""], strict=False):
        # "How long" asks for a length, short or long.
        if word in said or before == "how":
            continue
        if _OPPOSITES.get(word, _NONE) & opposed:
            return True
        if any((other, after) in together for other in _OF_PREPOSITIONS.get(word, _NONE) & opposed):
            return True
    return False


def tells_of_another_number(question: str, sentence: str, passage: str) -> bool:
    """Say whether a sentence has another number where the question has one, beside the same word.

    As "the Act of 1988" and "the Act 1998", "12 academies" and "16 academies"; not where the number that is asked about
    stands elsewhere in the passage.
    """
    known = frozenset(filter(_is_number, _words(passage)))
    asked, said = (_beside_numbers(text) for text in (question, sentence))
    return any(
        side == other_side and word == other_word and number != other and number not in known
        for side, word, number in asked
        for other_side, other_word, other in said
    )


def _beside_numbers(text: str) -> list[tuple[int, str, str]]:
    """Return the words beside numbers: on which side (-1 or 1), the word, the number; no small ones."""
    words = [word for word in _words(text) if word != "of"]
    return [
        (side, words[place + side], number)
        for place, number in enumerate(words)
        for side in (-1, 1)
        if _is_number(number) and 0 <= place + side < len(words)
        if not (_is_number(words[place + side]) or small(words[place + side]))
    ]


def _is_number(word: str) -> bool:
    return word[0].isdigit()
