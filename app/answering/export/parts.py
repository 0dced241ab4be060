"""What an exported conversation says, whatever the format."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import groupby

from app.domain.answers import AnswerMode, Citation, Claim, quotes
from app.domain.conversations import Conversation, Ending, KeptAnswer, KeptTurn, Origin, UsedModel
from app.domain.documents import part_word

_Place = tuple[str, int, int, int]


class Kind(Enum):
    """How a part is to look."""

    TITLE = auto()
    QUESTION = auto()
    HEADING = auto()
    TEXT = auto()
    QUOTE = auto()
    NOTE = auto()
    FACT = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """Plain text on one line, whatever characters it has. ``name``: of a fact."""

    kind: Kind
    text: str
    name: str = ""


def parts(conversation: Conversation) -> Iterator[Part]:
    """Yield what there is to say of a conversation, from top to bottom."""
    yield _part(Kind.TITLE, conversation.name)
    yield _part(Kind.NOTE, f"A conversation in Lectern, begun on {_time(conversation.began)}.")
    for turn in conversation.turns:
        yield from _turn(turn)


def _turn(turn: KeptTurn) -> Iterator[Part]:
    yield _part(Kind.QUESTION, turn.question)
    yield from (_part(Kind.NOTE, note) for note in _notes(turn))
    places: dict[_Place, Citation] = {}
    for citation in turn.citations:
        places.setdefault(_place(citation), citation)
    numbers = {place: number for number, place in enumerate(places, start=1)}
    for answer in turn.answers:
        yield from _answer(answer, numbers)
    if places:
        yield _part(Kind.HEADING, "Citations")
    for place, citation in places.items():
        yield from _citation(numbers[place], citation)
    yield _part(Kind.HEADING, "Made with")
    yield from _origin(turn.origin)


def _notes(turn: KeptTurn) -> Iterator[str]:
    yield f"Asked on {_time(turn.asked)}."
    if turn.looked_for:
        yield f"Looked for: {turn.looked_for}"
    if turn.scope.text:
        yield f"Asked only of documents {turn.scope.text}."
    if turn.words_only:
        yield f"Looked for by words only. {turn.words_only}"
    if turn.ending is Ending.STOPPED:
        yield "The answer was stopped before its end."
    if turn.fault:
        yield f"The answer could not be finished: {turn.fault}"
    if turn.erased:
        yield "A document that this answer was made from was erased for good, and with it what was quoted of it."


def _answer(answer: KeptAnswer, numbers: dict[_Place, int]) -> Iterator[Part]:
    supported = [claim for claim in answer.claims if claim.supported]
    withheld = [claim for claim in answer.claims if not claim.supported]
    if answer.mode is AnswerMode.EXTRACTIVE:
        if supported:
            reckoned = supported[0].reckoned
            heading = "Reckoned from the documents" if reckoned else "From the documents, word for word"
            yield _part(Kind.HEADING, heading)
        if any(claim.side for claim in supported):
            yield _part(Kind.TEXT, "The documents do not agree:")
        for heading, claims in groupby(supported, lambda claim: claim.heading):
            if heading:
                yield _part(Kind.TEXT, f"{heading}:")
            yield from (_part(Kind.QUOTE, f"{_said(claim)} {_marks(claim.citations, numbers)}") for claim in claims)
    elif supported or withheld:
        yield _part(Kind.HEADING, "Written by a model, each sentence checked against the documents")
        yield from (_part(Kind.TEXT, f"{claim.text} {_marks(claim.citations, numbers)}") for claim in supported)
        if not supported:
            yield _part(Kind.TEXT, "Nothing that the model wrote passed its checks.")
    if answer.nearest:
        marks = _marks(answer.nearest, numbers)
        yield _part(Kind.TEXT, f"The documents do not answer this. The nearest passages: {marks}")
    yield from _withheld(withheld)


def _said(claim: Claim) -> str:
    polarity = f"{claim.polarity.capitalize()}: " if claim.polarity else ""
    day = f" (from a document of {claim.side.day.isoformat()})" if claim.side and claim.side.day else ""
    quoted = " / ".join(f"“{quote}”" for quote in quotes(claim.text, claim.citations))
    return claim.text if claim.reckoned else f"{polarity}{quoted}{day}"


def _withheld(claims: list[Claim]) -> Iterator[Part]:
    if claims:
        yield _part(Kind.HEADING, "Withheld, because it could not be confirmed in the documents. Do not rely on it")
    for claim in claims:
        yield _part(Kind.TEXT, claim.text)
        yield _part(Kind.NOTE, claim.fault)


def _citation(number: int, citation: Citation) -> Iterator[Part]:
    where = f"{part_word(citation.path)} {citation.page}, characters {citation.start} to {citation.end}"
    yield _part(Kind.TEXT, f"[{number}] {citation.title}, {where}")
    yield _part(Kind.QUOTE, f"“{citation.quote}”")
    yield _part(Kind.FACT, citation.path, "File")
    yield _part(Kind.FACT, citation.document, "SHA-256 of the document")


def _origin(origin: Origin) -> Iterator[Part]:
    yield _part(Kind.FACT, origin.version, "Lectern")
    yield _part(Kind.FACT, origin.library, "SHA-256 of the documents of the library")
    yield from _model("Found by meaning", origin.embedder)
    yield from _model("Written by", origin.generator)
    yield _part(Kind.FACT, f"ranking {origin.ranking}, answers {origin.mode}, seed {origin.seed}", "Settings")


def _model(name: str, model: UsedModel | None) -> Iterator[Part]:
    if model is None:
        yield _part(Kind.FACT, "no model", name)
        return
    yield _part(Kind.FACT, f"{model.name} ({model.id})", name)
    for digest in model.hashes:
        yield _part(Kind.FACT, digest, "SHA-256 of the model")
    if model.settings is not None:
        settings = ", ".join(f"{name} {value}" for name, value in asdict(model.settings).items())
        yield _part(Kind.FACT, settings, "Loaded with")


def _marks(citations: Iterable[Citation], numbers: dict[_Place, int]) -> str:
    return " ".join(f"[{numbers[_place(citation)]}]" for citation in citations)


def _place(citation: Citation) -> _Place:
    return citation.document, citation.page, citation.start, citation.end


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _part(kind: Kind, text: str, name: str = "") -> Part:
    return Part(kind, " ".join(text.split()), name)
