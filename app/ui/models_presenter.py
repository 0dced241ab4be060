"""The models at hand: listed, brought in, chosen and removed off the window's thread."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.domain.errors import EnvironmentFault, LecternError, ModelFault
from app.domain.fit import Range, Verdict
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.ui.work import JobRunner, LaneName

if TYPE_CHECKING:
    from app.models.packs import Pack, ServedModel
    from app.models.standing import Standing
    from app.services import ModelInUse, Models

ENDINGS = (".lpack", ".gguf")
LEARNING = "Learning…"
"""The state of a model that is to find by meaning once it has learnt everything."""
_GONE = "Start it, or disconnect it: Servers…"
_GIB = 1 << 30
_TASKS = {"generator": "Writes answers", "embedder": "Finds by meaning", "reranker": "Ranks what is found"}
_VERDICTS = {Verdict.FITS: "Runs well", Verdict.DEGRADED: "Runs with less", Verdict.NO: "Does not run"}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in words.

    Attributes:
        id: by which it is chosen or removed.
        name: of the model.
        task: what it does here.
        fit: how it runs on this computer.
        speed: how fast it writes; empty where that is not known.
        why: more about the fit.
        writes: it can be chosen to write.
        sizes: dimensions with which it can be chosen to find by meaning; none = it cannot.
        qualified: whether it may speak for documents; empty where it does not write.
        state: whether it is in use, or will be; empty = neither.
        own: it was brought in, and can be removed.
    """

    id: str
    name: str
    task: str
    fit: str
    speed: str
    why: str
    writes: bool
    sizes: tuple[int, ...]
    qualified: str
    state: str
    own: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """What the dialog shows.

    Attributes:
        rows: the models at hand.
        why: the reason of the choice among them, and which servers do not answer.
        worth: which model would be worth bringing in, and why; empty where there is none.
        passages: of the library, whose meaning another model would have to learn.
        servers: addresses that the user connected.
    """

    rows: tuple[ModelRow, ...]
    why: str
    worth: str
    passages: int
    servers: tuple[str, ...]


class ModelsView(Protocol):
    """Shows the models, and what is being done with them."""

    def show_models(self, listed: Listed) -> None:
        """Show the models at hand."""

    def show_work_on_models(self, words: str) -> None:
        """Say what is being done; empty = nothing."""

    def show_error_of_models(self, error: LecternError) -> None:
        """Say what went wrong with a model."""

    def show_arrived(self, name: str, why: str) -> None:
        """Say that a model was brought in, and which one does its work now."""

    def show_in_use(self, models: "tuple[ModelInUse, ...]") -> None:
        """Say which models are at work now."""

    def learn_anew(self) -> None:
        """Have the library learn the meaning of its documents with the model that is to find by meaning."""


T = TypeVar("T")


class ModelsPresenter:
    """Does what the window wants done with models, one thing at a time. Use from the window's thread only."""

    def __init__(self, runner: JobRunner, view: ModelsView) -> None:
        self.slot = ProgressSlot()
        self._runner = runner
        self._view = view
        self._models: Models | None = None
        self._cancel = CancelToken()

    def open(self, models: "Models | None") -> None:
        """Begin with the models of an open library."""
        self._models = models

    def refresh(self) -> None:
        """List the models; the first time, this computer is measured, which takes two or three seconds."""
        self._do("Measuring this computer…", self._listed, self._view.show_models)

    def bring_in(self, what: Path) -> None:
        """Bring a model in from a pack, a file or a folder."""

        def job(models: "Models") -> "tuple[str, tuple[ModelInUse, ...], str, Listed]":
            from app.models.importing import source_of

            source = source_of(str(what), self._cancel)
            installed = models.shelf.bring_in(source, self.slot, self._cancel)
            in_use = models.choose_again()
            why = models.ranking() if installed.manifest.kind == "reranker" else models.shelf.choose().why
            return installed.manifest.name, in_use, why, self._listed(models)

        def done(outcome: "tuple[str, tuple[ModelInUse, ...], str, Listed]") -> None:
            name, in_use, why, listed = outcome
            self._view.show_in_use(in_use)
            self._view.show_models(listed)
            self._view.show_arrived(name, why)

        self._do(f"Bringing in {what.name}…", job, done)

    def connect(self, url: str) -> None:
        """Use the models of a server on this computer."""
        self._change(lambda models: models.shelf.servers.connect(url))

    def disconnect(self, url: str) -> None:
        """Use the models of a server no longer."""
        self._change(lambda models: models.shelf.servers.disconnect(url))

    def use(self, model: str) -> None:
        """Have a model write from the next question on."""
        self._change(lambda models: models.shelf.store.prefer(model))

    def find_with(self, model: str, dimensions: int) -> None:
        """Have a model find by meaning in this library, once it has learnt the meaning of everything."""
        self._change(lambda models: models.find_with(model, dimensions), self._view.learn_anew)

    def remove(self, model: str) -> None:
        """Remove a model that was brought in."""
        self._change(lambda models: models.shelf.remove(model))

    def stop(self) -> None:
        """Stop what is being done."""
        self._cancel.cancel()

    def _change(self, change: "Callable[[Models], object]", then: Callable[[], None] = lambda: None) -> None:
        def job(models: "Models") -> "tuple[tuple[ModelInUse, ...], Listed]":
            change(models)
            return models.choose_again(), self._listed(models)

        def done(outcome: "tuple[tuple[ModelInUse, ...], Listed]") -> None:
            in_use, listed = outcome
            self._view.show_in_use(in_use)
            self._view.show_models(listed)
            then()

        self._do("One moment…", job, done)

    def _listed(self, models: "Models") -> Listed:
        # Without an engine no speed is told, and the rest is.
        with suppress(EnvironmentFault):
            models.shelf.calibrate(self._cancel)
        choice = models.shelf.choose()
        own = {installed.manifest.id for installed in models.shelf.store.installed()}
        states = {model.id: "In use" for model in models.in_use()}
        successor = models.successor()
        if successor is not None:
            states[successor.id] = LEARNING
        served, faults = models.shelf.served()
        results = models.shelf.qualifications
        standings = [*models.shelf.standings(), *served]
        rows = tuple(_row(standing, results.of(standing.pack), states, own) for standing in standings)
        gone = [*(fault.summary for fault in faults), *([_GONE] if faults else [])]
        servers = tuple(models.shelf.servers.connected())
        reasons = (choice.why, models.ranking(), *gone)
        return Listed(rows, " ".join(filter(None, reasons)), _worth(models), models.passages(), servers)

    def _do(self, words: str, job: "Callable[[Models], T]", done: Callable[[T], None]) -> None:
        models = self._models
        if models is None:
            return
        self._cancel = CancelToken()
        self.slot.clear()
        self._view.show_work_on_models(words)

        def succeeded(outcome: T) -> None:
            self._view.show_work_on_models("")
            done(outcome)

        def failed(error: LecternError) -> None:
            self._view.show_work_on_models("")
            self._view.show_error_of_models(error)

        self._runner.run(
            LaneName.PROBE, lambda: job(models), succeeded, failed, lambda: self._view.show_work_on_models("")
        )


def _worth(models: "Models") -> str:
    from app.models.catalogue import Task
    from app.models.recommendation import Wish

    try:
        found = models.shelf.recommend(Wish(Task.CHAT))
    except ModelFault as fault:
        return str(fault)
    return f"Worth bringing in: {found.why}" if found.chosen else ""


def is_model(path: Path) -> bool:
    """Whether a file that is dropped is a model to bring in."""
    return path.suffix.lower() in ENDINGS


def _row(standing: "Standing", result: Qualification | None, states: dict[str, str], own: set[str]) -> ModelRow:
    from app.models.packs import stored_id

    pack, fit = standing.pack, standing.fit
    memory = f", {fit.memory_bytes / _GIB:.1f} GiB" if fit.memory_bytes else ""
    return ModelRow(
        id=pack.id,
        name=pack.name,
        task=_TASKS[standing.kind],
        fit=f"{_VERDICTS[fit.verdict]}{memory}" if memory or fit.verdict is Verdict.NO else "In another program",
        speed=_speed(fit.tokens_per_s),
        why=f"{fit.why} It is {result.words}." if result else fit.why,
        writes=standing.kind == "generator" and fit.verdict is not Verdict.NO,
        sizes=_sizes(pack) if fit.verdict is not Verdict.NO else (),
        qualified=_qualified(result) if standing.kind == "generator" else "",
        state=states.get(pack.id, ""),
        own=stored_id(pack.id) in own,
    )


def _sizes(pack: "Pack | ServedModel") -> tuple[int, ...]:
    from app.models.packs import EmbedderPack, ServedModel

    if isinstance(pack, EmbedderPack):
        return pack.sizes
    # How many a server's model has shows when it is asked.
    return (0,) if isinstance(pack, ServedModel) and pack.finds else ()


def _qualified(result: Qualification | None) -> str:
    if result is None:
        return "Not yet"
    return f"{'Yes' if result.passed else 'Below the mark'}, {result.right} of {result.answerable} right"


def _speed(tokens: Range | None) -> str:
    # A word is about three quarters of a token in English.
    return "" if tokens is None else f"{tokens[0] * 0.75:.0f} to {tokens[1] * 0.75:.0f} words a second"
