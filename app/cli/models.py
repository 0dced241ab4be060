"""``lectern models``: what models there are, how they fit this machine, and what they really take. Needs no library."""

from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress

from app.cli.console import Console
from app.cli.exit_codes import DONE
from app.cli.records import Record
from app.domain.errors import EnvironmentFault
from app.domain.fit import Range, Verdict
from app.jobs.cancel import CancelToken
from app.models.packs import GeneratorPack
from app.models.shelf import Comparison, Shelf, Standing

_VERDICTS = {Verdict.FITS: "fits", Verdict.DEGRADED: "fits with less", Verdict.NO: "does not fit"}


def run(shelf: Shelf, options: Namespace, console: Console, cancel: CancelToken) -> int:
    """Do what ``options.action`` says and return the exit code.

    Raises:
        Cancelled: stop was asked for.
        LecternError: it cannot be done.
    """
    return _ACTIONS[options.action](shelf, options, console, cancel)


def _list(shelf: Shelf, _options: Namespace, console: Console, cancel: CancelToken) -> int:
    # Without an engine no speed is told, and the rest is.
    with suppress(EnvironmentFault):
        shelf.calibrate(cancel)
    for standing in shelf.standings():
        console.record(_standing_record(standing), _standing_text(standing))
    return DONE


def _measure(shelf: Shelf, options: Namespace, console: Console, cancel: CancelToken) -> int:
    compared = shelf.measure(options.id, options.context, cancel)
    console.record(_comparison_record(compared), _comparison_text(compared))
    return DONE


_ACTIONS: dict[str, Callable[[Shelf, Namespace, Console, CancelToken], int]] = {"list": _list, "measure": _measure}


def _standing_record(standing: Standing) -> Record:
    pack, fit = standing.pack, standing.fit
    writes = isinstance(pack, GeneratorPack)
    return {
        "id": pack.id,
        "kind": "generator" if writes else "embedder",
        "path": str(pack.model),
        "fit": fit.verdict,
        "memory_bytes": fit.memory_bytes,
        "deficit_bytes": fit.deficit_bytes,
        "context": fit.settings.context if writes else None,
        "kv_type": fit.settings.kv_type if writes else None,
        "quantisation": standing.quantisation or None,
        "threads": fit.settings.threads,
        "gpu_layers": fit.settings.gpu_layers,
        "prompt_tokens_per_s": _rounded(fit.prompt_tokens_per_s),
        "tokens_per_s": _rounded(fit.tokens_per_s),
        "why": fit.why,
    }


def _rounded(speeds: Range | None) -> list[float] | None:
    return None if speeds is None else [round(speed, 1) for speed in speeds]


def _standing_text(standing: Standing) -> str:
    pack, fit = standing.pack, standing.fit
    lines = [f"{pack.id}: {_VERDICTS[fit.verdict]}", f"  {pack.name}", f"  {fit.why}"]
    if fit.prompt_tokens_per_s and fit.tokens_per_s:
        reads, writes = (f"{low:,.0f} to {high:,.0f}" for low, high in (fit.prompt_tokens_per_s, fit.tokens_per_s))
        lines.append(f"  Reads {reads} tokens a second and writes {writes}.")
    return "\n".join(lines)


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
