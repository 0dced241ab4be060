"""`lectern conversations`: what was asked and kept."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from app.answering.conversation import Repetition
from app.answering.export.files import Printer, write
from app.answering.export.markdown import markdown
from app.cli.console import Console
from app.cli.exit_codes import DONE
from app.cli.records import Record, citation_record, claim_record
from app.domain.conversations import ConversationEntry, KeptAnswer, KeptTurn
from app.domain.english import count
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.services import Services


@dataclass(frozen=True, slots=True)
class _Call:
    """What an action is given."""

    services: Services
    options: Namespace
    console: Console
    print_pdf: Printer
    progress: ProgressSlot
    cancel: CancelToken


def run(
    services: Services,
    options: Namespace,
    console: Console,
    print_pdf: Printer,
    progress: ProgressSlot,
    cancel: CancelToken,
) -> int:
    """Do what ``options.action`` says and return the exit code.

    Raises:
        Cancelled: stop was asked for.
        LecternError: it cannot be done.
    """
    _ACTIONS[options.action](_Call(services, options, console, print_pdf, progress, cancel))
    return DONE


def _list(call: _Call) -> None:
    words = " ".join(call.options.words) if call.options.action == "search" else ""
    for entry in call.services.library.conversations.entries(words):
        call.console.record(_entry_record(entry), _entry_text(entry))


def _show(call: _Call) -> None:
    found = call.services.library.conversations.conversation(call.options.id)
    record = {
        "id": found.id,
        "name": found.name,
        "began": found.began.isoformat(),
        "turns": list(map(_turn_record, found.turns)),
    }
    call.console.record(record, markdown(found))


def _rename(call: _Call) -> None:
    call.services.library.conversations.rename(call.options.id, call.options.name)
    call.console.record({"type": "renamed", "id": call.options.id}, "Renamed.")


def _remove(call: _Call) -> None:
    call.services.library.conversations.remove(call.options.id)
    call.console.record({"type": "removed", "id": call.options.id}, "Removed.")


def _export(call: _Call) -> None:
    found = call.services.library.conversations.conversation(call.options.id)
    write(found, call.options.out, call.print_pdf, replace=False)
    call.console.record({"type": "exported", "path": str(call.options.out)}, f"Written: {call.options.out}")


def _repeat(call: _Call) -> None:
    call.services.library.check(call.progress, call.cancel)
    for repetition in call.services.conversations.repeat(call.options.id, call.cancel):
        call.console.record(_repetition_record(repetition), "\n".join(_repetition_lines(repetition)))


_ACTIONS: dict[str, Callable[[_Call], None]] = {
    "list": _list,
    "search": _list,
    "show": _show,
    "rename": _rename,
    "remove": _remove,
    "export": _export,
    "repeat": _repeat,
}


def _entry_record(entry: ConversationEntry) -> Record:
    return asdict(entry) | {"began": entry.began.isoformat(), "last": entry.last.isoformat()}


def _entry_text(entry: ConversationEntry) -> str:
    return f"{entry.id:5}  {entry.last.astimezone():%Y-%m-%d %H:%M}  {entry.name}  ({count(entry.turns, 'question')})"


def _turn_record(turn: KeptTurn) -> Record:
    return {
        "question": turn.question,
        "asked": turn.asked.isoformat(),
        "looked_for": turn.looked_for or turn.question,
        "scope": turn.scope.text,
        "ending": turn.ending,
        "answers": _answer_records(turn.answers),
        "origin": asdict(turn.origin),
        "words_only": turn.words_only,
        "fault": turn.fault,
        "erased": turn.erased,
    }


def _answer_records(answers: Iterable[KeptAnswer]) -> list[Record]:
    return [
        {
            "status": answer.status,
            "mode": answer.mode,
            "claims": [claim_record(claim) for claim in answer.claims],
            "nearest": [citation_record(citation) for citation in answer.nearest],
            "thoughts": answer.thoughts,
        }
        for answer in answers
    ]


def _repetition_record(repetition: Repetition) -> Record:
    return {
        "question": repetition.turn.question,
        "same": repetition.same,
        "differences": [asdict(difference) for difference in repetition.differences],
        "answers": _answer_records(repetition.answers),
    }


def _repetition_lines(repetition: Repetition) -> Iterator[str]:
    yield f"{'the same' if repetition.same else 'DIFFERENT':9}  {' '.join(repetition.turn.question.split())}"
    for difference in repetition.differences:
        yield f"{'':11}{difference.text}"
