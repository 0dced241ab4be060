"""``lectern models``: bring models in, see how they fit this machine and what they really take. Needs no library."""

from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from app.answering.qualification import Qualifier
from app.cli.console import Console
from app.cli.exit_codes import DONE, ENVIRONMENT
from app.cli.records import Record
from app.domain.errors import EnvironmentFault, ModelFault, UsageFault
from app.domain.fit import Fit, Range, Verdict
from app.domain.qualification import LEAST_RIGHT, MOST_INVENTED, Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.built_in import built_in_questions
from app.models.catalogue import Condition, Task
from app.models.choice import writes
from app.models.importing import source_of
from app.models.measuring import Comparison
from app.models.packing import pack
from app.models.packs import ServedModel, Writer
from app.models.recommendation import Candidate, Wish
from app.models.shelf import Shelf
from app.models.standing import Standing
from app.models.store import Installed


@dataclass(frozen=True, slots=True)
class _Call:
    """What an action is given."""

    shelf: Shelf
    options: Namespace
    console: Console
    progress: ProgressSlot
    cancel: CancelToken


_AUTOMATIC = "auto"
_VERDICTS = {Verdict.FITS: "fits", Verdict.DEGRADED: "fits with less", Verdict.NO: "does not fit"}


def run(shelf: Shelf, options: Namespace, console: Console, cancel: CancelToken) -> int:
    """Do what ``options.action`` says and return the exit code.

    Raises:
        Cancelled: stop was asked for.
        LecternError: it cannot be done.
    """
    progress = ProgressSlot()
    with console.showing(progress):
        return _ACTIONS[options.action](_Call(shelf, options, console, progress, cancel))


def _list(call: _Call) -> int:
    # Without an engine no speed is told, and the rest is.
    with suppress(EnvironmentFault):
        call.shelf.calibrate(call.cancel)
    served, faults = call.shelf.served()
    known = call.shelf.qualifications
    for standing in [*call.shelf.standings(), *served]:
        result = known.of(standing.pack)
        record = {**_standing_record(standing), "qualification": _qualification_record(result) if result else None}
        call.console.record(record, "\n".join([_standing_text(standing), *_qualified(standing, result)]))
    for words in [*map(str, faults), *filter(None, [call.shelf.choose_reranker().why])]:
        call.console.note(words)
    for candidate in call.shelf.candidates() if call.options.catalogue else ():
        call.console.record(_candidate_record(candidate), _candidate_text(candidate))
    return DONE


def _recommend(call: _Call) -> int:
    with suppress(EnvironmentFault):
        call.shelf.calibrate(call.cancel)
    at_hand = call.shelf.choose()
    refused = {Condition[name.replace("-", "_").upper()] for name in call.options.refuse}
    wish = Wish(Task(call.options.task), frozenset(call.options.language), frozenset(Condition) - refused)
    worth_having = call.shelf.recommend(wish)
    record = {
        "choice": _standing_record(at_hand.chosen) if at_hand.chosen else None,
        "runner_up": _standing_record(at_hand.runner_up) if at_hand.runner_up else None,
        "why": at_hand.why,
        "worth_having": {
            "choice": _candidate_record(worth_having.chosen) if worth_having.chosen else None,
            "runner_up": _candidate_record(worth_having.runner_up) if worth_having.runner_up else None,
            "why": worth_having.why,
        },
    }
    call.console.record(record, f"At hand: {at_hand.why}\n\nWorth having: {worth_having.why}")
    return DONE


def _use(call: _Call) -> int:
    wanted = None if call.options.id == _AUTOMATIC else call.options.id
    if wanted is not None:
        _writer(call.shelf, wanted)
    call.shelf.store.prefer(wanted)
    call.console.record({"type": "preferred", "id": wanted}, call.shelf.choose().why)
    return DONE


def _limit(call: _Call) -> int:
    size: int | None = call.options.size
    call.shelf.store.set_limit(size)
    least = call.shelf.largest_embedder()
    text = "Models may take as much memory as is free."
    if size is not None:
        text = f"All models together may take {size / (1 << 30):,.2f} GiB of memory"
        text += f", {least / (1 << 20):,.0f} MiB of which are for finding by meaning."
    call.console.record({"type": "limit", "bytes": size}, f"{text} {call.shelf.choose().why}")
    return DONE


def _connect(call: _Call) -> int:
    models = call.shelf.servers.connect(call.options.url)
    record = {"type": "connected", "url": call.options.url, "models": [model.id for model in models]}
    names = "\n".join(f"  lectern {'embedder' if model.finds else 'models use'} {model.id}" for model in models)
    call.console.record(record, f"Connected. Choose one of its models with:\n{names}")
    return DONE


def _disconnect(call: _Call) -> int:
    call.shelf.servers.disconnect(call.options.url)
    record = {"type": "disconnected", "url": call.options.url}
    call.console.record(record, f"{call.options.url} is not asked any more.")
    return DONE


def _measure(call: _Call) -> int:
    compared = call.shelf.measure(call.options.id, call.options.context, call.cancel)
    call.console.record(_comparison_record(compared), _comparison_text(compared))
    return DONE


def _qualify(call: _Call) -> int:
    model: str = call.options.id
    pack, _ = _writer(call.shelf, model)
    qualifier, generator = Qualifier(built_in_questions()), call.shelf.generator(pack)
    try:
        for _ in qualifier.run(generator, call.progress, call.cancel):
            pass
    finally:
        generator.close()
    result = qualifier.result
    call.shelf.qualifications.keep(pack, result)
    # With the speeds that this has shown.
    _, fit = _writer(call.shelf, model)
    record = {
        "type": "qualification",
        "id": model,
        **_qualification_record(result),
        "prompt_tokens_per_s": _rounded(fit.prompt_tokens_per_s),
        "tokens_per_s": _rounded(fit.tokens_per_s),
    }
    call.console.record(record, _qualification_text(model, result, fit))
    return DONE


def _pack(call: _Call) -> int:
    options = call.options
    made = pack(options.what, options.out, options.licence, options.key, call.progress, call.cancel)
    record = {"type": "packed", "id": made.id, "path": str(options.out), "bytes": made.size}
    call.console.record(record, f"Packed {made.name} into {options.out}.")
    return DONE


def _import(call: _Call) -> int:
    source = source_of(call.options.what, call.cancel)
    _tell_installed(call, "imported", call.shelf.bring_in(source, call.progress, call.cancel))
    return DONE


def _verify(call: _Call) -> int:
    options = call.options
    store = call.shelf.store
    code = DONE
    for model in [options.id] if options.id else store.ids():
        try:
            _tell_installed(call, "verified", store.verify(model, call.progress, call.cancel))
        except ModelFault as fault:
            call.console.record({"type": "damaged", "id": model, "reason": fault.reason}, f"{model}: {fault}")
            code = ENVIRONMENT
    return code


def _remove(call: _Call) -> int:
    call.shelf.remove(call.options.id)
    call.console.record({"type": "removed", "id": call.options.id}, f"Removed {call.options.id}.")
    return DONE


_ACTIONS: dict[str, Callable[[_Call], int]] = {
    "list": _list,
    "recommend": _recommend,
    "use": _use,
    "limit": _limit,
    "connect": _connect,
    "disconnect": _disconnect,
    "measure": _measure,
    "qualify": _qualify,
    "pack": _pack,
    "import": _import,
    "verify": _verify,
    "remove": _remove,
}


def _tell_installed(call: _Call, what: str, installed: Installed) -> None:
    manifest, signed = installed.manifest, installed.signed
    record = {
        "type": what,
        "id": manifest.id,
        "kind": manifest.kind,
        "path": str(installed.pack.model),
        "licence": manifest.licence or None,
        "trust": signed.trust.name.lower(),
        "signer": signed.signer or None,
        "note": installed.note or None,
    }
    by = f" ({signed.signer})" if signed.signer else ""
    text = f"{manifest.id}: {what}; {signed.trust}{by}; licence {manifest.licence or 'not known'}."
    call.console.record(record, f"{text} {installed.note}".strip())


def _standing_record(standing: Standing) -> Record:
    model = standing.pack
    return {
        "id": model.id,
        "kind": standing.kind,
        "path": model.server.url if isinstance(model, ServedModel) else str(model.model),
        "quantisation": standing.quantisation or None,
        **_fit_record(standing.fit),
    }


def _fit_record(fit: Fit) -> Record:
    writes = fit.settings.context > 0
    return {
        "fit": fit.verdict,
        "memory_bytes": fit.memory_bytes,
        "deficit_bytes": fit.deficit_bytes,
        "context": fit.settings.context if writes else None,
        "kv_type": fit.settings.kv_type if writes else None,
        "threads": fit.settings.threads,
        "gpu_layers": fit.settings.gpu_layers,
        "prompt_tokens_per_s": _rounded(fit.prompt_tokens_per_s),
        "tokens_per_s": _rounded(fit.tokens_per_s),
        "why": fit.why,
    }


def _candidate_record(candidate: Candidate) -> Record:
    entry = candidate.entry
    file = next((file for file in entry.quantisations if file.name == candidate.quantisation), None)
    return {
        "id": entry.id,
        "kind": entry.kind,
        "path": None,
        "name": entry.name,
        "quantisation": candidate.quantisation,
        "file": file.file if file else None,
        "file_bytes": file.size if file else None,
        "licence": entry.licence.spdx,
        "licence_conditions": sorted(entry.licence.conditions),
        **_fit_record(candidate.fit),
    }


def _candidate_text(candidate: Candidate) -> str:
    entry, fit = candidate.entry, candidate.fit
    lines = [f"{entry.name}, {candidate.quantisation}: not at hand; {_VERDICTS[fit.verdict]}", f"  {fit.why}"]
    return "\n".join([*lines, *_speeds(fit), f"  Licence: {entry.licence.summary}"])


def _speeds(fit: Fit) -> list[str]:
    if not fit.prompt_tokens_per_s or not fit.tokens_per_s:
        return []
    reads, writes = (f"{low:,.0f} to {high:,.0f}" for low, high in (fit.prompt_tokens_per_s, fit.tokens_per_s))
    return [f"  Reads {reads} tokens a second and writes {writes}."]


def _rounded(speeds: Range | None) -> list[float] | None:
    return None if speeds is None else [round(speed, 1) for speed in speeds]


def _standing_text(standing: Standing) -> str:
    model, fit = standing.pack, standing.fit
    return "\n".join([f"{model.id}: {_VERDICTS[fit.verdict]}", f"  {model.name}", f"  {fit.why}", *_speeds(fit)])


def _writer(shelf: Shelf, model: str) -> tuple[Writer, Fit]:
    for standing in shelf.standings_with(model):
        if standing.pack.id == model and isinstance(standing.pack, Writer) and writes(standing):
            return standing.pack, standing.fit
    raise UsageFault(f"There is no model {model} that writes.", "lectern models list shows what there is.")


def _qualified(standing: Standing, result: Qualification | None) -> list[str]:
    if not writes(standing):
        return []
    return [f"  {result.words}." if result else "  not qualified yet: lectern models qualify asks it."]


def _qualification_record(result: Qualification) -> Record:
    return {
        "qualified": result.passed,
        "accuracy": round(result.accuracy, 3),
        "invention": round(result.invention, 3),
        "citation": round(result.citation, 3),
        **asdict(result),
    }


def _qualification_text(model: str, result: Qualification, fit: Fit) -> str:
    lines = [
        f"{model} is {result.words}.",
        f"  The mark: {LEAST_RIGHT:.0%} right at least, {MOST_INVENTED:.0%} invented at most.",
        f"  It answers {result.answered} of {result.answerable}, and cites the right place for {result.cited}.",
        f"  It keeps silent at {result.silent} of {result.unanswerable} questions without an answer.",
    ]
    return "\n".join([*lines, *_speeds(fit)])


def _comparison_record(compared: Comparison) -> Record:
    run = compared.taken.run
    return {
        "predicted_bytes": compared.memory_bytes,
        "measured_bytes": compared.taken.memory_bytes,
        "predicted_prompt_tokens_per_s": compared.reading,
        "predicted_tokens_per_s": compared.writing,
        "prompt_tokens_per_s": run.reading_speed,
        "tokens_per_s": run.writing_speed,
        "load_seconds": compared.taken.load_seconds,
    }


def _comparison_text(compared: Comparison) -> str:
    run = compared.taken.run
    rows = (
        ("memory, MiB", compared.memory_bytes / (1 << 20), compared.taken.memory_bytes / (1 << 20)),
        ("reading, tokens a second", compared.reading, run.reading_speed),
        ("writing, tokens a second", compared.writing, run.writing_speed),
        ("loading, seconds", None, compared.taken.load_seconds),
    )
    lines = [f"{'':26}{'foretold':>10}{'measured':>10}"]
    lines += [f"{name:26}{_number(foretold)}{_number(measured)}" for name, foretold, measured in rows]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return f"{'-':>10}" if value is None else f"{value:10,.1f}"
