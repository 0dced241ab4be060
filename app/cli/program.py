"""The services without a window: every command reads its options, calls one service, writes the result."""

import signal
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path, PurePath
from types import FrameType

from app.answering.answerer import AnswerEvent, AskMode, PassagesFound
from app.answering.conversation import ConversationEvent, TurnKept, TurnNotKept, earlier_turns
from app.answering.export.files import Printer
from app.answering.follow_up import EarlierTurn, conversation
from app.cli import conversations, doctor, evaluation, models
from app.cli.arguments import NEW
from app.cli.console import Console
from app.cli.exit_codes import DONE, ENVIRONMENT, SOME_SKIPPED, STOPPED, WRONG_USE
from app.cli.questions import Question, questions
from app.cli.records import (
    answer_record,
    entry_record,
    report_record,
    search_record,
    status_record,
    unanswered_record,
)
from app.cli.scopes import scope_of
from app.documents.cleaning import plain, plain_lines
from app.documents.faults import shown
from app.domain.answers import Answer, AnswerMode, AnswerStatus, Claim, Passage
from app.domain.documents import IngestReport
from app.domain.errors import Cancelled, EnvironmentFault, LecternError, UsageFault
from app.domain.scope import Scope
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.shelf import Shelf
from app.retrieval.search import CANDIDATES, one_per_page
from app.services import Services


@dataclass(frozen=True, slots=True)
class _Call:
    """What a command is given."""

    services: Services
    options: Namespace
    console: Console
    progress: ProgressSlot
    cancel: CancelToken
    print_pdf: Printer


def run(
    options: Namespace,
    open_services: Callable[[Path], Services],
    open_shelf: Callable[[], Shelf],
    print_pdf: Printer,
) -> int:
    """Run the command of ``options`` and return its exit code."""
    console = Console(options.json)
    cancel = CancelToken()
    _stop_on_interrupt(cancel)
    try:
        if options.command in _WITHOUT_LIBRARY:
            return _WITHOUT_LIBRARY[options.command](open_shelf(), options, console, cancel)
        if options.command == "eval":
            return evaluation.run(options, open_services, console, cancel)
        is_new = not options.library.exists()
        services = open_services(options.library)
        if is_new and options.command != "ingest":
            console.note(
                f"There was no library in {shown(str(options.library))}; an empty one was made. Is the path right?"
            )
        try:
            progress = ProgressSlot()
            with console.showing(progress):
                return _COMMANDS[options.command](_Call(services, options, console, progress, cancel, print_pdf))
        finally:
            services.close()
    except Cancelled:
        console.note("Stopped. What was finished is kept; run the same command again to go on.")
        return STOPPED
    except BrokenPipeError:
        return STOPPED
    except LecternError as error:
        console.note(str(error))
        if error.detail:
            console.note(f"({error.detail})")
        return WRONG_USE if isinstance(error, UsageFault) else ENVIRONMENT


def _stop_on_interrupt(cancel: CancelToken) -> None:
    """The first Ctrl-C asks for an orderly stop; a second one ends the program at once."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        cancel.cancel()

    signal.signal(signal.SIGINT, stop)


def _ingest(call: _Call) -> int:
    report = call.services.library.ingest(call.options.paths, call.progress, call.cancel)
    call.console.record(report_record(report), _report_text(report))
    return SOME_SKIPPED if report.skipped else DONE


def _search(call: _Call) -> int:
    asked = questions(call.options)
    scope = scope_of(call.options, call.services.library)
    call.services.library.check(call.progress, call.cancel)
    for question in asked:
        call.cancel.check()
        found = call.services.searcher.find(
            question.text, CANDIDATES, call.cancel, scope=scope, exactly=call.options.exactly
        )
        _note_asked(call, question, found.asked)
        _note_less(call, found.fault, found.unranked)
        listed = one_per_page(found.passages)[: call.options.top]
        text = _passages_text(listed) or f"Nothing was found. {call.services.searcher.searched(scope).text}"
        call.console.record(search_record(question, found.asked, listed), text)
    return DONE


def _ask(call: _Call) -> int:
    asked = questions(call.options)
    qualified = call.services.models.qualified()
    usual = AskMode.BOTH if qualified else AskMode.EXTRACTIVE
    mode = usual if call.options.mode == "auto" else AskMode(call.options.mode)
    kept = _Conversation(call) if call.options.conversation is not None else None
    earlier, scope = conversation(call.options.after), scope_of(call.options, call.services.library)
    call.services.library.check(call.progress, call.cancel)
    ending = DONE
    for question in asked:
        try:
            if kept is None:
                hear = partial(_heard, call)
                exactly = call.options.exactly
                answers = call.services.answerer.ask(question.text, mode, call.cancel, hear, earlier, scope, exactly)
            else:
                answers = kept.ask(question.text, mode, earlier, scope)
        except UsageFault as fault:
            if call.options.queries is None:
                raise
            # The questions after it are answered all the same.
            call.console.record(unanswered_record(question, fault), f"{question.text}\n{fault}")
            ending = WRONG_USE
            continue
        _note_asked(call, question, answers[0].asked)
        place = {"conversation": kept.id} if kept is not None else {}
        # What a qualified model writes comes before the quotes.
        for answer in reversed(answers) if qualified else answers:
            call.console.record(answer_record(question, answer) | place, answer_text(answer))
    return ENVIRONMENT if kept is not None and kept.lost else ending


class _Conversation:
    """The conversation in which a call of `ask` keeps its turns.

    Attributes:
        id: None until the first turn of a new one is kept.
        lost: a turn could not be kept.
    """

    def __init__(self, call: _Call) -> None:
        self._call = call
        self.id: int | None = None
        self.lost = False
        if call.options.conversation != NEW:
            self.id = call.services.library.conversations.conversation(call.options.conversation).id

    def ask(self, question: str, mode: AskMode, earlier: tuple[EarlierTurn, ...], scope: Scope) -> tuple[Answer, ...]:
        """Answer a question, and keep it; it may follow the turns that the conversation has, or else ``earlier``."""
        if self.id is not None:
            earlier += earlier_turns(self._call.services.library.conversations.conversation(self.id))
        asking = self._call.services.conversations
        exactly = self._call.options.exactly
        return asking.ask(self.id, question, mode, self._call.cancel, self._heard, earlier, scope, exactly)

    def _heard(self, event: ConversationEvent) -> None:
        if isinstance(event, TurnKept):
            if self.id is None:
                self._call.console.note(f"Kept as conversation {event.conversation}.")
            self.id = event.conversation
        elif isinstance(event, TurnNotKept):
            self.lost = True
            self._call.console.note(f"This answer was not kept. {event.fault}")
        else:
            _heard(self._call, event)


def _heard(call: _Call, event: AnswerEvent) -> None:
    if isinstance(event, PassagesFound):
        _note_less(call, event.fault, event.unranked)


def _note_asked(call: _Call, question: Question, asked: str) -> None:
    """Say what was looked for, where it is not what was asked."""
    if asked not in ("", question.text):
        call.console.note(f"Looked for: {asked}")


def _note_less(call: _Call, fault: EnvironmentFault | None, unranked: LecternError | None) -> None:
    """Say what the search had to do without."""
    if fault is not None:
        call.console.note(f"Looked for by words only. {fault}")
    if unranked is not None:
        call.console.note(f"Found without the reranker. {unranked}")


def _status(call: _Call) -> int:
    call.services.library.check(call.progress, call.cancel)
    status = status_record(call.services.library.status())
    call.console.record(status, "\n".join(f"{name:10} {value}" for name, value in status.items() if value != ""))
    for notice in call.services.notices:
        call.console.note(f"{notice.summary} {notice.remedy}")
    return DONE


def _documents(call: _Call) -> int:
    for entry in call.services.library.entries():
        because = f"  ({entry.detail})" if entry.detail else ""
        call.console.record(entry_record(entry), f"{entry.state:8} {shown(entry.path)}{because}")
    return DONE


def _rebuild(call: _Call) -> int:
    vectors = call.services.library.rebuild(call.progress, call.cancel)
    call.console.record(
        {"type": "rebuilt", "vectors": vectors}, f"The search index was made again: {vectors:,} vectors."
    )
    return DONE


def _embedder(call: _Call) -> int:
    models, options = call.services.models, call.options
    if options.id:
        models.find_with(options.id, options.dimensions or 0)
        call.services.library.process(call.progress, call.cancel)
    status = call.services.library.status()
    sizes = models.embedders.sizes()
    record = {
        "type": "embedder",
        "embedder": status.embedder or None,
        "successor": status.successor or None,
        "at_hand": [{"id": model, "dimensions": list(found)} for model, found in sizes.items()],
    }
    lines = [f"{status.embedder or 'No model'} finds by meaning here."]
    if status.successor:
        lines.append(f"{status.successor} is to take over; lectern ingest goes on with it.")
    lines += [f"  {model}: {', '.join(map(str, found))} dimensions" for model, found in sizes.items()]
    call.console.record(record, "\n".join(lines))
    return DONE


def _erase(call: _Call) -> int:
    documents = call.services.library.erase(call.options.path)
    stays = "The same document is here from another path too, so its text stays."
    text = f"Removed. {f'Documents erased for good: {documents:,}.' if documents else stays}"
    call.console.record({"type": "erased", "documents": documents}, text)
    return DONE


def _conversations(call: _Call) -> int:
    return conversations.run(call.services, call.options, call.console, call.print_pdf, call.progress, call.cancel)


_WITHOUT_LIBRARY = {"doctor": doctor.run, "models": models.run}

_COMMANDS: dict[str, Callable[[_Call], int]] = {
    "ingest": _ingest,
    "search": _search,
    "ask": _ask,
    "conversations": _conversations,
    "status": _status,
    "documents": _documents,
    "rebuild": _rebuild,
    "embedder": _embedder,
    "erase": _erase,
}


def _report_text(report: IngestReport) -> str:
    lines = [
        f"{report.files:,} files, {report.documents:,} documents: {report.indexed:,} indexed now, "
        f"{report.unchanged:,} unchanged, {len(report.skipped):,} skipped; "
        f"{report.pages:,} pages in {report.seconds.total:.1f} s."
    ]
    lines += [f"  skipped  {skipped.detail}" for skipped in report.skipped]
    return "\n".join(lines)


def _passages_text(passages: list[Passage]) -> str:
    return "\n\n".join(
        f"{rank}. {passage.title}, page {passage.page}  ({shown(passage.path)})\n   {plain(passage.chunk.text)}"
        for rank, passage in enumerate(passages, start=1)
    )


def answer_text(answer: Answer) -> str:
    """Return an answer as it is written to a terminal."""
    lines = _refusal_lines(answer) if answer.status is AnswerStatus.NOT_FOUND else []
    if answer.conflict:
        lines.append("The documents do not agree:")
    for heading, claims in groupby((claim for claim in answer.claims if claim.supported), lambda claim: claim.heading):
        lines += [*([f"{heading}:"] if heading else []), *map(_claim_text, claims)]
    if answer.withheld:
        lines.append(f"({answer.withheld} sentences were withheld: the documents do not support them.)")
    return "\n".join(lines)


def _refusal_lines(answer: Answer) -> list[str]:
    searched = [answer.searched.text] if answer.searched else []
    if answer.mode is AnswerMode.GENERATED:
        return ["The model wrote nothing that the documents support.", *searched]
    nearest = _passages_text(list(answer.passages[:3]))
    found = [f"The nearest passages:\n\n{nearest}"] if nearest else []
    return ["The documents do not seem to hold an answer.", *searched, *found]


def _claim_text(claim: Claim) -> str:
    # Two versions of a document often have the same title.
    several = len({c.document for c in claim.citations}) > 1
    names = [shown(PurePath(c.path).name) if several else c.title for c in claim.citations]
    places = ", ".join(dict.fromkeys(f"{name}, page {c.page}" for name, c in zip(names, claim.citations, strict=True)))
    day = f"; of {claim.side.day.isoformat()}" if claim.side and claim.side.day else ""
    reckoned = "Reckoned: " if claim.reckoned else ""
    polarity = f"{claim.polarity.capitalize()}: " if claim.polarity else ""
    return f"{reckoned}{polarity}{plain_lines(claim.text)}  [{places}{day}]"
