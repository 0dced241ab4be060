"""`lectern eval`: how well this installation does on questions whose answers are known."""

from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from app import __version__
from app.answering.answerer import AskMode
from app.cli.console import Console
from app.cli.exit_codes import DONE
from app.domain.errors import UsageFault
from app.evaluation.evaluation import Asked, evaluate, read_run, take_in, write_run
from app.evaluation.sets import EvaluationSet, KnownQuestion, read_set, unanswerable
from app.evaluation.summary import Figure, compared, milliseconds, summarised
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.retrieval.search import Ranking
from app.services import Services


def run(options: Namespace, open_services: Callable[[Path], Services], console: Console, cancel: CancelToken) -> int:
    """Run the command and return its exit code."""
    known = read_set(options.folder)
    asked = _chosen(known, options)
    earlier = read_run(options.against) if options.against else None
    progress = ProgressSlot()
    with ExitStack() as stack:
        place = options.keep or Path(stack.enter_context(TemporaryDirectory()))
        services = open_services(place / "library")
        stack.callback(services.close)
        with console.showing(progress):
            take_in(services.library, known, place / "documents", progress, cancel)
            mode = None if options.mode == "search" else AskMode(options.mode)
            answerer = services.answerer.ranked_by(Ranking(options.ranking))
            results = list(evaluate(services.library, answerer, known, asked, mode, progress, cancel))
        status = services.library.status()
        settings: dict[str, object] = {
            "set": known.folder.resolve().name,
            "mode": options.mode,
            "ranking": options.ranking,
            "version": __version__,
            "embedder": status.embedder,
            "reranker": _reranker(services) if options.ranking == Ranking.ALL else "",
            "generator": status.generator if options.mode == "generated" else "",
        }
    if options.out:
        write_run(options.out, settings, results)
    _tell(console, settings, results, earlier)
    return DONE


def _reranker(services: Services) -> str:
    return next((model.name for model in services.models.in_use() if model.kind == "reranker"), "")


def _chosen(known: EvaluationSet, options: Namespace) -> list[KnownQuestion]:
    asked = [*known.questions, *(unanswerable(options.unanswerable) if options.unanswerable else ())]
    chosen = [question for question in asked if options.half in (None, question.half)]
    if options.limit:
        # From every part of the set, the unanswerable ones at its end among them.
        step = max(1, len(chosen) // options.limit)
        chosen = chosen[::step][: options.limit]
    if not chosen:
        raise UsageFault("No question is left to ask.", "Leave --half or --limit out.")
    return chosen


def _tell(console: Console, settings: dict[str, object], run: list[Asked], earlier: list[Asked] | None) -> None:
    named = ", ".join(str(value) for name, value in settings.items() if value and name not in ("set", "version"))
    console.record(
        {"type": "evaluation", "questions": len(run), **settings},
        f"{settings['set']}: {len(run):,} questions ({named})",
    )
    for figure in summarised(run):
        console.record(_record("figure", figure), _line(figure, "{:8.3f}"))
    for name, value in milliseconds(run).items():
        console.record({"type": "milliseconds", "name": name, "value": value}, f"  {name:26}{value:6.0f} ms")
    if earlier is None:
        return
    differences = compared(run, earlier)
    console.record(
        {"type": "comparison", "figures": len(differences)},
        "Above the earlier run by, on the questions of both:"
        if differences
        else "The earlier run asked other questions.",
    )
    for figure in differences:
        told = figure.interval.low > 0 or figure.interval.high < 0
        console.record(
            {**_record("difference", figure), "significant": told},
            _line(figure, "{:+8.3f}") + ("  *" if told else ""),
        )


def _record(kind: str, figure: Figure) -> dict[str, object]:
    found = figure.interval
    return {
        "type": kind,
        "name": figure.name,
        "value": found.mean,
        "low": found.low,
        "high": found.high,
        "questions": found.count,
    }


def _line(figure: Figure, form: str) -> str:
    found = figure.interval
    low, high = form.format(found.low).strip(), form.format(found.high).strip()
    return f"  {figure.name:24}{form.format(found.mean)}   {low} to {high}   ({found.count:,})"
