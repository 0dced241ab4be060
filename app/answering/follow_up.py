"""Follow-up questions made to stand alone: "and in 2019?", "who signed it?", "why?".

A search knows nothing of what was asked before, so what a question leaves out is put in from the question before it. By
rule, and only where the form of the question says that something is left out: one that is changed without need finds
something else than was asked for. In English; of German, what is short and plain.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.answering import phrases
from app.answering.phrases import ASKING, AUXILIARIES, PREPOSITIONS, PRONOUNS
from app.domain.english import MONTHS
from app.retrieval import naming

_LONGEST = 200
"""Characters; who writes more leaves nothing out."""

_MOST_WORDS = 6
"""In what stands for a whole question, but for one that names a document."""

_END = " \t\n?!."
_ALONE = re.compile(
    r"(?:(?:and|but|so|und|aber)[\s,]+)?(?P<asked>why(?: not)?|how(?: so| much| many| long| often| far)?|"
    r"(?:since |until |by )?when|where|(?:by |for |to |with |from )?whom?|which ones?|what for|"
    r"(?:in |on )?(?:what|which) (?:year|date|day|month)|warum(?: nicht)?|wieso|weshalb|(?:seit |bis |ab )?wann|wo|wer|"
    r"(?:von |an |mit |bei )?wem|wie(?: viele?| lange| oft)?)(?: exactly| genau)?",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:(?:and|but|und|aber)[\s,]+(?:(?:what|how) about\s+|was ist mit\s+)?|(?:what|how) about\s+|was ist mit\s+)"
    r"(?P<part>[^?!;:]+)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\A(?:and|but|so)[\s,]+", re.IGNORECASE)
_GERMAN = re.compile(
    r"(?:und|aber|was ist|warum|wieso|weshalb|seit|bis|ab|wann|wo|we[rm]|von|an|mit|bei|wie)\b", re.IGNORECASE
)
_MONTHS = "|".join((*MONTHS, "Januar", "Februar", "März", "Mai", "Juni", "Juli", "Oktober", "Dezember"))
_DATE = re.compile(
    r"(?P<how>\b(?:in|on|since|before|after|until|by|during|from|for|im|am|seit|vor|nach|bis|ab)\s+)?"
    r"(?P<year>\b(?:the year|dem Jahr|Jahre?)\s+)?"
    rf"(?P<date>\b(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+)?(?:{_MONTHS})\b(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?"
    r"(?:,?\s+\d{4}\b)?|\b(?:1\d|20)\d\d\b)"
)
_ORDINAL = re.compile(r"\b(?:first|second|third|fourth|fifth|sixth|last|next)\b", re.IGNORECASE)
_ONE_OF_THEM = re.compile(rf"the (?P<ordinal>{_ORDINAL.pattern}|other|former|latter)(?: ones?)?", re.IGNORECASE)
_NAMED = re.compile(r"(?:in|under|for|of)\s+(?P<name>the\s.+\sbetween\s.+)", re.IGNORECASE)
_WHO_IS = re.compile(r"who(?:m)? (?:is|are|was|were)\b", re.IGNORECASE)
_PAPER = re.compile(
    r"\b(?:the|this|that)\s+(?P<noun>agreement|amendment|contract|deed|lease|letter|licen[cs]e|memorandum|policy|"
    r"settlement|treaty)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """What was asked before.

    Attributes:
        question: as it was looked for, so that it stands alone.
        answer: what was shown as supported; empty where nothing was.
    """

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """A question that says what the one asked leaves out; the same one where it leaves out nothing.

    Attributes:
        question: the question.
        sure: False where the one asked was put after the one before, for its place in it is not clear.
    """

    question: str
    sure: bool = True


def conversation(questions: Iterable[str]) -> tuple[EarlierTurn, ...]:
    """Return questions, asked one after the other, as turns."""
    turns: tuple[EarlierTurn, ...] = ()
    for question in questions:
        turns = (*turns, EarlierTurn(completed(question, turns).question))
    return turns


def completed(question: str, earlier: Sequence[EarlierTurn]) -> Completed:
    """Complete a question by rule.

    Args:
        question: in the user's words.
        earlier: the turns before, oldest first; the last is the one that a follow-up follows.
    """
    asked = " ".join(question.split()).rstrip(_END)
    if not earlier or not asked or len(asked) > _LONGEST or naming.split(question).name:
        return Completed(question)
    last = earlier[-1]
    before = naming.split(last.question)
    rest = " ".join(before.rest.split()).rstrip(_END)
    joint = "und" if _GERMAN.match(asked) else "and"
    if alone := _ALONE.fullmatch(asked):
        return Completed(_within(before.name, f"{rest}, {joint} {alone['asked'].lower()}?"))
    if part := _part(asked, question):
        if named := _NAMED.fullmatch(part):
            return Completed(_within(named["name"], f"{rest}?"))
        put_in = _with_part(rest, part)
        return Completed(_within(before.name, f"{put_in or f'{rest}, {joint} {part}'}?"), sure=bool(put_in))
    return _with_antecedent(question, last, before.name)


def _within(name: str, question: str) -> str:
    """Return a question about the document of that name; empty = about any."""
    return f"In {name}: {question}" if name else question


def _part(asked: str, question: str) -> str:
    """Return the part of a question that stands for the whole of it, as "in 2019" in "and in 2019?"; empty = none."""
    if match := _PART.fullmatch(asked):
        part = match["part"].strip(" ,")
        said = part.lower().split()
        # "May" is a month, too.
        clause = not (ASKING | AUXILIARIES | PRONOUNS).isdisjoint(said) and not _DATE.fullmatch(part)
        return "" if clause or (len(said) > _MOST_WORDS and not _NAMED.fullmatch(part)) else part
    date = _DATE.fullmatch(asked)
    return asked if date and date["how"] and question.rstrip().endswith("?") else ""


def _with_part(question: str, part: str) -> str:
    """Put a part into the question before, in the place of what is of its kind; empty where that is not clear."""
    if date := _DATE.fullmatch(part):
        return _with_date(question, date)
    if one := _ONE_OF_THEM.fullmatch(part):
        ordinals = list(_ORDINAL.finditer(question))
        return _put(question, ordinals[0].span(), one["ordinal"]) if len(ordinals) == 1 else ""
    opening, _, rest = part.partition(" ")
    if opening.lower() in PREPOSITIONS and rest:
        phrase = phrases.only_after(question, opening)
        return _put(question, phrase.span, rest) if phrase else f"{question} {part}"
    phrase = phrases.only_like(question, part)
    return _put(question, phrase.span, part) if phrase and part.lower() not in question.lower() else ""


def _with_date(question: str, date: re.Match[str]) -> str:
    # What a question begins with is no date: "May the lodger keep a dog?"
    dates = [found for found in _DATE.finditer(question) if found.start()]
    if not dates:
        return f"{question} {date[0] if date['how'] else 'in ' + date[0]}"
    if len(dates) > 1:
        return ""
    whole = date["how"] and dates[0]["how"]
    return _put(question, dates[0].span(0 if whole else "date"), date[0] if whole else date["date"])


def _with_antecedent(question: str, last: EarlierTurn, name: str) -> Completed:
    """Say what the pronoun of a question stands for, or which document it is about, where it does not say so itself."""
    said = _OPENING.sub("", question)
    pronoun = phrases.dangling_pronoun(said)
    if name:
        paper = _PAPER.search(said)
        its_own = paper and paper["noun"].lower() in name.lower() and not phrases.names(said)
        return Completed(_within(name, said) if pronoun or its_own else question)
    if pronoun is None:
        return Completed(question)
    antecedent = _antecedent(pronoun.text.lower(), last)
    if not antecedent:
        return Completed(f"{last.question.rstrip(_END)}? {said}", sure=False)
    if pronoun.possessive:
        antecedent += "’" if antecedent.endswith("s") else "’s"
    if pronoun.text.lower() == "there":
        antecedent = f"in {antecedent}"
    return Completed(phrases.capitalised(_put(said, pronoun.span, antecedent)))


def _antecedent(pronoun: str, last: EarlierTurn) -> str:
    """Return what a pronoun stands for after a question and its answer; empty where that is not clear."""
    about = phrases.subject(last.question)
    asks_who = last.question.lower().startswith("who")
    if pronoun in phrases.OF_PEOPLE:
        named = phrases.names(last.answer) if asks_who else []
        people = [one for one in dict.fromkeys(named) if one.lower() not in last.question.lower()]
        if len(people) == 1:
            return people[0]
        if asks_who and not _WHO_IS.match(last.question):
            return f"the one {phrases.uncapitalised(last.question.rstrip(_END))}"
        if about and not about.name and " " not in about.text:
            return ""  # "chloroplasts" are no person
    elif about and _WHO_IS.match(last.question):
        # "Who is the treasurer of the Society?": what is no person is the Society.
        return about.text.rpartition(" of ")[2]
    return about.text if about else ""


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]
