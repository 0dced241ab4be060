"""The phrases of a question: names, noun phrases, pronouns, told by the small words between them and by capitals.

No dictionary tells which words are verbs. What stands between an auxiliary and its verb ("did the Society earn") is cut
where the order of English puts the verb; where that leaves nothing, there is no phrase.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.english import words

ASKING = words("who whom whose what which when where why how wer wann wo warum wie")
AUXILIARIES = words(
    "is are was were be been being am do does did has have had can could may might must shall should will would"
    " ist sind war waren hat haben kann muss soll wird"
)
PRONOUNS = words("i you we he she it they me us him her them his its their there ich er sie es wir ihr")
OF_PEOPLE = words("he she him his her")
PREPOSITIONS = words(
    "about after against around at before between by during for from in into near of on over per since through to"
    " under until with within without"
)
_ENGLISH_DETERMINERS = words("the a an this that these those his her its their our my your each every any some no")
_GERMAN_DETERMINERS = words("der die das den dem des ein eine einen einem einer")
_DETERMINERS = _ENGLISH_DETERMINERS | _GERMAN_DETERMINERS
_JOINING = words("and or but nor than if because while although though as not also ever und oder")
_WHAT = words("what which who whom")
_FORMS_OF_BE = words("is are was were")
_SMALL = ASKING | AUXILIARIES | PRONOUNS | PREPOSITIONS | _DETERMINERS | _JOINING

# What a participle looks like after a form of "be": "was the mill built".
_PARTICIPLE = re.compile(
    r"\w{2,}(?:ed|en|wn)|built|made|held|sold|born|found|paid|kept|led|left|lost|met|put|set|said|sent|told|taught|"
    r"bought|brought|caught|fought|hung|won|hit|read|cut|done|gone|begun|sung"
)
_ADVERB = re.compile(r"\w{2,}ly|first|last|still|already|usually")
_MOST_WORDS = 8

_WORD = re.compile(r"[^\W_]+(?:[’'.&/-][^\W_]+)*|[^\w\s]")
_STOPS = frozenset(".?!:;")

_POSSESSIVE = words("his its their")
_STANDING_IN = words("it they them he she him her there this that these those") | _POSSESSIVE
# "This" and "that" stand for something by themselves only where nothing follows that they could belong to.
_AFTER_THIS = PREPOSITIONS | words("mean called happen happened done")
# "How long does it take to …", "is it true that …", "how far is it from …": nothing is meant by this "it".
_EMPTY_IT = re.compile(r"\b(?:that|if|whether|when|from|for)\b|\bto\s+(?!(?:the|a|an|his|her|its|their)\b|[A-Z])")
_BEFORE_IT = 2
"""Words of their own that may stand before a pronoun: "which company built it"."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words, from ``start`` to ``end`` (exclusive) of a text."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Where it begins and ends."""
        return self.start, self.end

    @property
    def small(self) -> str:
        """The same in small letters."""
        return self.text.lower()

    @property
    def name(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[0].isupper()


@dataclass(frozen=True, slots=True)
class Pronoun(Phrase):
    """A pronoun that stands for something outside its question. ``possessive``: it says whose something is."""

    possessive: bool


def names(text: str) -> list[str]:
    """Return the names in a text; one word that begins a sentence with its capital is none."""
    return [name.text for name in _names(text)]


def subject(question: str) -> Phrase | None:
    """Return the noun phrase that a question is about; None where it cannot be told."""
    said = _taken_apart(question)
    if not said or said[0].small not in ASKING | AUXILIARIES | PREPOSITIONS:
        return None
    for place, word in enumerate(said[:6]):
        if word.small in AUXILIARIES:
            be = word.small in _FORMS_OF_BE
            start = place + 1
            if be and said[0].small in _WHAT and start < len(said) and not _introduced(said[start]):
                return None  # "what is involved": it is asked for, and not said
            return _phrase(question, said[start : _between(said, start, verb_first=be and place > 0)])
    for place, word in enumerate(said):
        # Of "which American show" the name is no phrase.
        named = word.name and word.small not in _SMALL and said[0].small.startswith("who")
        if place and (word.small in _ENGLISH_DETERMINERS or named):
            return _phrase(question, said[place : _end(said, place)])
    return None


def only_like(question: str, part: str) -> Phrase | None:
    """Return the one phrase of a question that is of the kind of ``part``: a name, or one with the same article.

    Of "the treasurer of the Society", "the treasurer" is like "the secretary". None where there is no such phrase, or
    several.
    """
    wanted = _taken_apart(part)
    article = wanted[0].small if wanted and wanted[0].small in _DETERMINERS else ""
    if article in _GERMAN_DETERMINERS - _ENGLISH_DETERMINERS:
        return _only_german(question, article)
    if any(word.name for word in wanted):
        named = _names(question)
        return _with_article(question, named[0], article) if len(named) == 1 else None
    about = subject(question)
    if not article:
        return about if about and not _introduced(_taken_apart(about.text)[0]) else None
    return _only_head(question, article, about)


def only_after(question: str, preposition: str) -> Phrase | None:
    """Return what follows a preposition in a question; None where it does not stand there, or more than once."""
    said = _taken_apart(question)
    places = [place for place, word in enumerate(said) if word.small == preposition.lower()]
    if len(places) != 1:
        return None
    start = places[0] + 1
    return _phrase(question, said[start : _end(said, start)])


def dangling_pronoun(question: str) -> Pronoun | None:
    """Return the pronoun that stands for nothing in its own question; None where there is none."""
    said = _taken_apart(question)
    if not said or said[0].small not in ASKING | AUXILIARIES | PREPOSITIONS:
        return None
    own = 0
    for place, word in enumerate(said):
        if place and word.small in _STANDING_IN:
            follows = said[place + 1].small if place + 1 < len(said) else "?"
            of_hers = word.small == "her" and follows.isalpha() and follows not in _SMALL
            possessive = of_hers or word.small in _POSSESSIVE
            # "Which society sold its barn?" says itself whose.
            stands_in = _stands_in(said, place, question) and not (possessive and own)
            return Pronoun(word.text, word.start, word.end, possessive) if stands_in else None
        if word.small in _DETERMINERS | _JOINING or (place and word.name) or not word.text[0].isalnum():
            return None
        # "How high" names nothing.
        own += word.small not in _SMALL and said[place - 1].small != "how"
        if own > _BEFORE_IT:
            return None
    return None


def capitalised(text: str) -> str:
    """Return a text that begins with a capital."""
    return text[:1].upper() + text[1:]


def uncapitalised(text: str) -> str:
    """Return a text that begins with a small letter."""
    return text[:1].lower() + text[1:]


def _stands_in(said: Sequence[Phrase], place: int, question: str) -> bool:
    """Say whether a pronoun stands for something that was named before, by what is around it."""
    word, before = said[place].small, said[place - 1].small
    alone = place + 1 == len(said) or not said[place + 1].text[0].isalnum()
    if before in ASKING:
        return False  # "what it costs" is no question: there the verb comes first
    if word == "it":
        return not _EMPTY_IT.search(question, said[place].end)
    if word == "there":
        return alone and before not in _FORMS_OF_BE
    if word in ("this", "that", "these", "those"):
        return alone or said[place + 1].small in _AFTER_THIS
    return True


def _taken_apart(text: str) -> list[Phrase]:
    return [Phrase(found[0], found.start(), found.end()) for found in _WORD.finditer(text)]


def _phrase(text: str, said: Sequence[Phrase]) -> Phrase | None:
    """Return words in a row as a phrase; None where they are none, or too many to be one."""
    if not said or len(said) > _MOST_WORDS or all(word.small in _SMALL for word in said):
        return None
    start, end = said[0].start, said[-1].end
    return Phrase(text[start:end], start, end)


def _end(said: Sequence[Phrase], start: int) -> int:
    """Return where the noun phrase that begins at ``start`` ends: before a verb's sign, or a phrase that is another."""
    end = start + 1
    while end < len(said):
        word, following = said[end], said[end + 1] if end + 1 < len(said) else None
        if word.small in PREPOSITIONS:
            # "the mill at Orrin", "the roof of the barn" are one phrase; "the mill in winter", "Luther at Rome" not.
            named = following and following.name and following.small not in _SMALL
            if not following or not (word.small == "of" or (named and said[start].small in _DETERMINERS)):
                break
            end += 1 + (said[end + 1].small in _DETERMINERS)
        elif word.small in _SMALL or not word.text[0].isalnum() or _begins_a_verb(word, said[end - 1]):
            break
        end += 1
    return min(end, len(said))


def _begins_a_verb(word: Phrase, before: Phrase) -> bool:
    """Say whether a word is no part of a noun phrase any more: "the mill at Orrin grinds", "the ferry first left"."""
    after_name = before.name and word.text[0].islower() and not before.text.endswith(("’s", "'s"))
    adverb = bool(_ADVERB.fullmatch(word.small)) and before.small not in _DETERMINERS
    return after_name or adverb


def _introduced(word: Phrase) -> bool:
    return word.name or word.small in _DETERMINERS


def _between(said: Sequence[Phrase], start: int, verb_first: bool) -> int:
    """Return where the noun phrase ends that stands between an auxiliary, just before ``start``, and its verb.

    ``verb_first``: the auxiliary may be the verb itself, as in "what is the notice period".
    """
    if start >= len(said) or (said[start].small in _SMALL and said[start].small not in _DETERMINERS):
        return start
    end = _end(said, start)
    if not _introduced(said[start]):
        # "do chloroplasts pump hydrogen"
        return next((place + 1 for place in range(start, end) if said[place].small.endswith("s")), end - 1)
    phrase = said[start:end]
    bare = phrase[-1].small not in _SMALL and not phrase[-1].name
    if bare and len(phrase) > 1 and (not verb_first or _PARTICIPLE.fullmatch(phrase[-1].small)):
        return end - 1
    verb_follows = end < len(said) and said[end].text[0].isalpha() and said[end].small not in _SMALL
    if verb_first or verb_follows:
        return end
    # "did the bishop travel to Rome": the verb stands before the preposition.
    joint = next((place for place in range(start, end) if said[place].small in PREPOSITIONS), end)
    return max(joint - 1, start) if joint < end else end


def _names(text: str) -> list[Phrase]:
    found: list[list[Phrase]] = []
    said = _taken_apart(text)
    for place, word in enumerate(said):
        begins = place == 0 or said[place - 1].text in _STOPS
        if not word.name or word.small in _SMALL:
            continue
        if found and _joined(said, found[-1][-1], place):
            found[-1].append(word)
        elif not begins or (place + 1 < len(said) and said[place + 1].name):
            found.append([word])
    return [Phrase(text[run[0].start : run[-1].end], run[0].start, run[-1].end) for run in found]


def _joined(said: Sequence[Phrase], last: Phrase, place: int) -> bool:
    """Say whether the word at ``place`` goes on with the name that ended with ``last``: at once, or after "of"."""
    before = said[place - 1]
    return before is last or (before.small in ("of", "&") and place > 1 and said[place - 2] is last)


def _only_head(question: str, article: str, about: Phrase | None) -> Phrase | None:
    """Return the one phrase with an article, up to a preposition; what follows "of" is no phrase of its own."""
    said = _taken_apart(question)
    heads = [place for place, word in enumerate(said) if word.small == article and said[place - 1].small != "of"]
    if len(heads) != 1:
        return None
    end = _end(said, heads[0])
    if about and about.start == said[heads[0]].start:
        # Its verb is cut off.
        end = next(number for number, word in enumerate(said, 1) if word.end == about.end)
    end = next((place for place in range(heads[0], end) if said[place].small in PREPOSITIONS), end)
    return _phrase(question, said[heads[0] : end])


def _with_article(question: str, name: Phrase, article: str) -> Phrase | None:
    """Return a name with the article before it; None where it has one and the other name has none."""
    before = re.search(r"\b(the|a|an)\s$", question[: name.start], re.IGNORECASE)
    if before is None:
        return name
    return Phrase(question[before.start() : name.end], before.start(), name.end) if article else None


def _only_german(question: str, article: str) -> Phrase | None:
    """Return the one noun phrase with a German article, up to its noun, which has a capital."""
    found = list(re.finditer(rf"\b{article}\s+(?:[a-zäöüß]+\s+)?[A-ZÄÖÜ]\w+", question))
    return Phrase(found[0][0], found[0].start(), found[0].end()) if len(found) == 1 else None
