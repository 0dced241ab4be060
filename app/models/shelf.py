"""The models at hand, how each fits this machine, and what they really took."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod
from pathlib import Path

from app.domain.errors import EnvironmentFault, ModelFault, UsageFault
from app.domain.fit import Fit, Run, Settings, Verdict
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.adapters import fits
from app.models.batches import TOKEN_BUDGET
from app.models.candidates import candidates_of
from app.models.catalogue import Catalogue
from app.models.choice import Choice, choose
from app.models.chosen import Generator
from app.models.chosen_reranker import RerankerChoice, choose_reranker, pace
from app.models.embedder import Embedder
from app.models.files import require_file
from app.models.fit import Room, embedder_fit, fit, main_memory
from app.models.gguf import Header, read_parts
from app.models.kernels import Kernels
from app.models.measuring import Comparison, Measurement, compared, measure
from app.models.memory import embedder_memory, encoder_memory
from app.models.packs import (
    AdapterPack,
    EmbedderPack,
    Finder,
    GeneratorPack,
    Pack,
    RerankerPack,
    ServedModel,
    Writer,
    stored_id,
)
from app.models.qualifications import Qualifications
from app.models.recommendation import Candidate, Recommendation, Wish, recommend
from app.models.records import Load, Records
from app.models.runtimes.calibration import measure_kernels
from app.models.runtimes.embedding import embedders
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator
from app.models.runtimes.ollama_server import CONTEXT, OllamaGenerator
from app.models.runtimes.openai_server import OpenAiGenerator
from app.models.servers import Servers
from app.models.shape import shape_of
from app.models.shelf_loading import MeasuredLoading, ShelfLoading
from app.models.standing import Standing
from app.models.store import Installed, Source, Store
from app.models.weights import quantisation_of, weights_of
from app.security.policy import ServerKind

_MIB = 1 << 20


class Shelf:
    """The models at hand on this machine.

    Args:
        store: of those that were brought in.
        starters: finds those that came with the program, anew each time.
        room: tells what a model may use now.
        records: what this machine has shown.
        catalogue: reads what is known of models that are not at hand.
        servers: whose models can be used too.
        qualifications: of the models that write.

    Attributes:
        store, records, catalogue, servers, qualifications: as given.
    """

    def __init__(
        self,
        store: Store,
        starters: Callable[[], Sequence[Pack]],
        room: Callable[[], Room],
        records: Records,
        catalogue: Callable[[], Catalogue],
        servers: Servers,
        qualifications: Qualifications,
    ) -> None:
        self.store = store
        self.servers = servers
        self.qualifications = qualifications
        self.catalogue = catalogue
        self._starters = starters
        self._room = room
        self.records = records
        self._calibrated = False
        self._headers: dict[tuple[tuple[Path, int, int], ...], Header] = {}

    def calibrate(self, cancel: CancelToken) -> Kernels:
        """Return how fast this machine is; measure it, in two to three seconds, where that was not done before.

        What was measured beside other work is measured again when Lectern is next started.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: it could not be measured.
        """
        kernels = self.records.kernels
        if kernels is None or not (kernels.quiet or self._calibrated):
            kernels = measure_kernels(self._room().threads, cancel)
            self._calibrated = True
            self.records.keep_kernels(kernels)
        return kernels

    def packs(self) -> list[Pack]:
        """Return all models at hand, those that take an adapter with each that fits too."""
        stored = [installed.pack for installed in self.store.installed()]
        packs = [*(pack for pack in stored if not isinstance(pack, AdapterPack)), *self._starters()]
        adapters = [pack for pack in stored if isinstance(pack, AdapterPack)]
        return [*packs, *(pack.adapted(adapter) for adapter in adapters for pack in self._bases(adapter, packs))]

    def bring_in(self, source: Source, progress: ProgressSlot, cancel: CancelToken) -> Installed:
        """Bring a model in, or an adapter for one that is at hand; nothing is left of one that is refused.

        Raises:
            ModelFault: an adapter fits no model that is here (reason ``base``), or as `Store.bring_in`.
            Cancelled, EnvironmentFault: as `Store.bring_in`.
        """
        installed = self.store.bring_in(source, progress, cancel)
        adapter = installed.pack
        if isinstance(adapter, AdapterPack) and not self._bases(adapter, self.packs()):
            self.store.remove(adapter.id)
            raise ModelFault(
                "base",
                f"The adapter {adapter.name} fits none of the models that are here.",
                "Bring in the model that it was made for, then the adapter.",
            )
        return installed

    def remove(self, model: str) -> None:
        """Remove a model that was brought in; of one with an adapter, the adapter.

        Raises:
            UsageFault: there is no such model.
            EnvironmentFault: it cannot be removed.
        """
        self.store.remove(stored_id(model))

    def room(self) -> Room:
        """Return what a model may use now, with what is kept free."""
        return replace(self._room(), margin=self.records.margin)

    def standings(self) -> list[Standing]:
        """Return all models at hand with their fit. One whose file cannot be read any more does not fit."""
        found = []
        for pack in self.packs():
            try:
                found.append(self._standing(pack))
            except (EnvironmentFault, ModelFault) as fault:
                nothing = Settings(0, 0, "f16", self._room().threads)
                found.append(Standing(pack, "", 0, Fit(Verdict.NO, nothing, 0, 0, 0, None, None, str(fault))))
        return found

    def served(self) -> tuple[list[Standing], list[EnvironmentFault]]:
        """Return the models of servers with their fit, and what went wrong with servers that should be there."""
        models, faults = self.servers.models()
        return [self._served(model) for model in models], faults

    def standings_with(self, model: str | None) -> list[Standing]:
        """Return all models at hand, and those of servers where ``model`` is the id of none of them.

        Servers are asked only then: one that does not answer makes everybody wait.
        """
        standings = self.standings()
        if model is None or any(standing.pack.id == model for standing in standings):
            return standings
        return standings + self.served()[0]

    def choose(self) -> Choice:
        """Choose the model that writes, as the user wants it or as it fits."""
        preferred = self.store.preferred()
        return choose(self.standings_with(preferred), preferred)

    def choose_reranker(self, taken: int = 0) -> RerankerChoice:
        """Choose the model that ranks what is found, in the memory that is left beside the one that writes.

        ``taken``: bytes that the one in use has taken already.
        """
        if not any(isinstance(pack, RerankerPack) for pack in self.packs()):
            return RerankerChoice(None, "")
        writer = self.choose().chosen
        left = self._room().memory + taken
        if writer is not None and isinstance(writer.pack, GeneratorPack):
            left -= writer.fit.memory_bytes
        return choose_reranker(self.standings(), left, self.records.ranking_seconds)

    def generator(self, pack: Writer) -> Generator:
        """Make what runs a model that writes; loads nothing."""
        if isinstance(pack, GeneratorPack):
            return LlamaCppGenerator(pack, ShelfLoading(self, pack))
        if pack.server.kind is ServerKind.OPENAI:
            return OpenAiGenerator(pack)
        settings = self._served(pack).fit.settings
        return OllamaGenerator(pack, settings.context or CONTEXT, settings.threads if pack.server.here else None)

    def candidates(self) -> list[Candidate]:
        """Return the models of the catalogue, at hand or not, with how each would fit.

        Raises:
            ModelFault: the catalogue is not sound.
        """
        qualified = {key: result.accuracy for key, result in self.qualifications.all().items()}
        return candidates_of(self.catalogue(), self.room(), self.records.kernels, qualified)

    def recommend(self, wish: Wish) -> Recommendation:
        """Say which model of the catalogue is worth bringing in.

        Raises:
            ModelFault: the catalogue is not sound.
        """
        return recommend(self.candidates(), wish)

    def settings(self, pack: GeneratorPack) -> Settings:
        """Return how to load a generator now; memory is looked at anew.

        Raises:
            EnvironmentFault: it does not fit; says what is missing.
            ModelFault: its file cannot be read any more.
        """
        found = self._standing(pack).fit
        if found.verdict is Verdict.NO:
            raise EnvironmentFault(f"There is not enough memory for the model {pack.name}.", found.why)
        return found.settings

    def measure(self, model: str, context: int | None, cancel: CancelToken) -> Comparison:
        """Load a model, have it answer, and keep what it took.

        Args:
            model: its id.
            context: tokens to load it for; None = as it fits.
            cancel: ends it.

        Raises:
            Cancelled: stop was asked for.
            UsageFault: there is no such generator, or it cannot overlook so much.
            EnvironmentFault: it does not fit, or its process ended.
            ModelFault: its file cannot be read any more.
        """
        pack = self._generator(model)
        with suppress(EnvironmentFault):
            self.calibrate(cancel)
        settings = self.settings(pack)
        loading: FixedLoading = MeasuredLoading(settings, self, pack)
        if context is not None:
            settings = self._with_context(pack, settings, context)
            # What it takes with a context that nobody would load it with says nothing of the usual one.
            loading = FixedLoading(settings)
        taken = measure(pack, loading, cancel)
        self.took(pack, settings, taken.memory_bytes, taken.run)
        return self._compared(pack, settings, taken)

    def took(self, pack: GeneratorPack, settings: Settings, memory_bytes: int, run: Run) -> None:
        """Keep what an answer took."""
        foretold = self._memory(pack, settings)
        load = Load(foretold, memory_bytes, run.reading_speed, run.writing_speed)
        self.records.keep_load(pack.sha256, load)

    def ran_out(self, pack: GeneratorPack) -> None:
        """Keep that memory ran out: from now on, more is kept free of this model."""
        self.records.keep_failure(pack.sha256)

    def embedders(self) -> list[Embedder]:
        """Make the embedders at hand, in all their sizes.

        First those that fit this machine, the best of them first; last those of servers, which none gets unasked.
        """
        packs = [pack for pack in self.packs() if isinstance(pack, EmbedderPack)]
        groups: list[list[Finder]] = [[], [], list(self.servers.encoders())]
        room = self._room()
        for pack in packs:
            groups[0 if self._finds(pack, room) else 1].append(pack)
        return [embedder for group in groups for embedder in embedders(group, room.threads)]

    def largest_embedder(self) -> int:
        """Foretell the bytes of memory that the largest embedder at hand takes; one that cannot be read takes none."""
        sizes = [0]
        for pack in self.packs():
            if isinstance(pack, EmbedderPack):
                with suppress(EnvironmentFault, ModelFault):
                    sizes.append(self._embedder_memory(pack))
        return max(sizes)

    def _bases(self, adapter: AdapterPack, packs: Sequence[Pack]) -> list[GeneratorPack]:
        found = []
        for pack in packs:
            if isinstance(pack, GeneratorPack) and pack.adapter is None:
                with suppress(EnvironmentFault, ModelFault):
                    if fits(self._header([adapter.model]), self._header([file.path for file in pack.files])):
                        found.append(pack)
        return found

    def _finds(self, pack: EmbedderPack, room: Room) -> bool:
        try:
            return embedder_fit(self._embedder_memory(pack), room).verdict is not Verdict.NO
        except (EnvironmentFault, ModelFault):
            return False

    def _generator(self, model: str) -> GeneratorPack:
        for pack in self.packs():
            if pack.id == model and isinstance(pack, GeneratorPack):
                return pack
        raise UsageFault(
            f"There is no model {model} that writes and that Lectern loads itself.",
            "lectern models list shows what there is.",
        )

    def _standing(self, pack: Pack) -> Standing:
        if isinstance(pack, EmbedderPack | RerankerPack):
            fitting = embedder_fit(self._embedder_memory(pack), self._room())
            if isinstance(pack, RerankerPack) and fitting.verdict is not Verdict.NO:
                fitting = replace(fitting, why=f"{fitting.why} {pace(self.records.ranking_seconds(pack.sha256))}")
            return Standing(pack, "", 0, fitting)
        found = self._fitted(pack, [file.path for file in pack.files], self.records.margin_of(pack.sha256))
        return replace(found, fit=self.records.improved(pack.sha256, found.fit))

    def _served(self, model: ServedModel) -> Standing:
        if model.weights is not None:
            with suppress(EnvironmentFault, ModelFault):
                return self._fitted(model, [model.weights], self.records.margin)
        where = "another program on this computer" if model.server.here else model.server.host
        settings = Settings(0, 0, "f16", self._room().threads)
        why = f"It runs on {where}; what it takes there is not known."
        return Standing(model, "", 0, Fit(Verdict.FITS, settings, 0, 0, 0, None, None, why))

    def _fitted(self, pack: Writer, paths: Sequence[Path], margin: float) -> Standing:
        header = self._header(paths)
        shape = shape_of(header)
        room, beside = replace(self._room(), margin=margin), _adapter_bytes(pack)
        found = fit(shape, weights_of(header, shape), replace(room, memory=room.memory - beside), self.records.kernels)
        found = replace(found, memory_bytes=found.memory_bytes + beside)
        parameters = sum(prod(tensor.shape) for tensor in header.tensors)
        return Standing(pack, quantisation_of(header), parameters, found)

    def _embedder_memory(self, pack: EmbedderPack | RerankerPack) -> int:
        require_file(pack.model)
        if isinstance(pack, RerankerPack) or pack.model.suffix.lower() != ".gguf":
            return embedder_memory(pack.model.stat().st_size)
        header = self._header([pack.model])
        shape = shape_of(header)
        return encoder_memory(shape, weights_of(header, shape), max(pack.recipe.truncation, TOKEN_BUDGET))

    def _memory(self, pack: GeneratorPack, settings: Settings) -> int:
        header = self._header([file.path for file in pack.files])
        shape, kernels = shape_of(header), self.records.kernels
        found = main_memory(shape, weights_of(header, shape), settings, kernels, self._room().unified)
        return found + _adapter_bytes(pack)

    def _with_context(self, pack: GeneratorPack, settings: Settings, context: int) -> Settings:
        trained = shape_of(self._header([file.path for file in pack.files])).trained_context
        if trained and context > trained:
            raise UsageFault(f"{pack.name} overlooks {trained:,} tokens at most.", f"Give --context {trained} or less.")
        wanted = replace(settings, context=context)
        missing = self._memory(pack, wanted) - self._room().memory
        if missing > 0:
            raise EnvironmentFault(
                f"For {context:,} tokens of context, {pack.name} needs {missing / _MIB:,.0f} MiB more than are free.",
                "Give a smaller --context, or close other programs.",
            )
        return wanted

    def _compared(self, pack: GeneratorPack, settings: Settings, taken: Measurement) -> Comparison:
        header = self._header([file.path for file in pack.files])
        shape, kernels = shape_of(header), self.records.kernels
        return compared(self._memory(pack, settings), shape, weights_of(header, shape), kernels, settings, taken)

    def _header(self, paths: Sequence[Path]) -> Header:
        for path in paths:
            require_file(path)
        key = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)
        if key not in self._headers:
            self._headers[key] = read_parts(paths)
        return self._headers[key]


def _adapter_bytes(pack: Writer) -> int:
    adapter = pack.adapter if isinstance(pack, GeneratorPack) else None
    return adapter.path.stat().st_size if adapter is not None else 0
