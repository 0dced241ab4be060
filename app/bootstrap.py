"""The only place that names concrete parts and wires them together."""

import platform
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.answering.answerer import Answerer
from app.answering.conversation import Conversations
from app.answering.qualification import edition
from app.domain.errors import EnvironmentFault
from app.hardware.cpu import usable_threads
from app.hardware.gpus import GpuMemory, gpus
from app.hardware.memory import free_memory
from app.library.library import Library
from app.models.catalogue import Catalogue, load_catalogue
from app.models.choice import Choice
from app.models.chosen import ChosenGenerator
from app.models.chosen_reranker import ChosenReranker
from app.models.embedders import Embedders
from app.models.fit import Room
from app.models.packs import (
    GeneratorPack,
    Pack,
    RerankerPack,
    ServedModel,
    Writer,
    starter_embedder,
    starter_generator,
)
from app.models.qualifications import Qualifications
from app.models.records import Records
from app.models.runtimes.llama_cpp import require_llama_cpp
from app.models.runtimes.offload import built_for_gpus, usable_makers
from app.models.runtimes.onnx import OnnxReranker
from app.models.servers import Servers
from app.models.shelf import Shelf
from app.models.store import KEYS, Store
from app.retrieval.search import Searcher
from app.security.policy import POLICY, Policy, ServerKind, load_policy
from app.services import Models, Notice, Services

_RESOURCES = Path(__file__).resolve().parents[1] / "resources"


def open_services(folder: Path, models: Path, policy_file: Path = POLICY) -> Services:
    """Open the library in ``folder`` and wire the services to it.

    What this machine lacks (a model, the engine that runs it) is left out and named in the notices.

    Args:
        folder: of the library.
        models: the folder of models, and of what is known of this machine.
        policy_file: the administrator's policy.

    Raises:
        EnvironmentFault: the library cannot be opened, or the policy not followed.
    """
    threads = usable_threads()
    notices: list[Notice] = []
    policy = load_policy(policy_file)
    policy.allow()
    generator: ChosenGenerator | None = None

    def taken() -> int:
        # What the model that writes has taken already is free for its successor.
        return generator.memory() if generator else 0

    shelf = _shelf(models, policy, lambda: embedders.loaded, taken)
    embedders = Embedders(shelf.embedders, shelf.servers.choose_encoder)
    generator = _generator(shelf, notices)
    vector_server = next(iter(policy.of(ServerKind.CHROMA)), None)
    library = Library(folder, embedders.at_hand(), generator.name if generator else "", threads, vector_server)
    notices += _notices_of_meaning(library)

    def ranks(pack: RerankerPack, took: Callable[[float], None]) -> OnnxReranker:
        return OnnxReranker(pack, threads, took)

    reranker = ChosenReranker(shelf.choose_reranker, ranks, shelf.records.keep_ranking)
    searcher = Searcher(library, reranker=reranker.get)
    at_hand = Models(shelf, embedders, generator, library, reranker)
    answerer = Answerer(searcher, generator, at_hand.qualified)
    conversations = Conversations(library.conversations, answerer, at_hand.origin, library.documents)
    return Services(library, searcher, answerer, conversations, tuple(notices), at_hand)


def open_shelf(models: Path, policy_file: Path = POLICY) -> Shelf:
    """Look at the models at hand, without a library.

    Raises:
        EnvironmentFault: the policy cannot be followed.
    """
    policy = load_policy(policy_file)
    policy.allow()
    return _shelf(models, policy, lambda: False, lambda: 0)


def _shelf(models: Path, policy: Policy, embedder_loaded: Callable[[], bool], taken: Callable[[], int]) -> Shelf:
    store = Store(models)
    gpu_memory = GpuMemory(usable_makers, gpus, lambda: taken() > 0)

    def room() -> Room:
        limit, waiting = _limit(store), not embedder_loaded()
        # A question needs the embedder first: what it will take is not free. The limit holds for both together.
        embedder = shelf.largest_embedder() if waiting or limit is not None else 0
        free = free_memory() + taken() - (embedder if waiting else 0)
        allowed = free if limit is None else limit - embedder
        memory = max(0, min(free, allowed))
        gpu = gpu_memory.room()
        on_gpu = min(gpu.size, memory) if gpu.unified else gpu.size
        return Room(memory, usable_threads(), on_gpu, gpu.unified, limited=allowed < free)

    records = Records(models / "machine.json", _engine())
    servers = Servers(models / "servers.txt", policy)
    qualifications = Qualifications(models / "qualified.json", edition)
    shelf = Shelf(store, _starters, room, records, lambda: _catalogue(models), servers, qualifications)
    return shelf


def _limit(store: Store) -> int | None:
    with suppress(EnvironmentFault):
        return store.limit()
    return None


def _catalogue(models: Path) -> Catalogue:
    known = load_catalogue(_RESOURCES / "catalogue", _RESOURCES / "keys")
    own = models / "catalogue"
    return known.replaced_by(load_catalogue(own, models / KEYS)) if own.is_dir() else known


def _starters() -> list[Pack]:
    packs: list[Pack] = []
    for find in (starter_embedder, starter_generator):
        try:
            packs.append(find())
        except EnvironmentFault:
            continue
    return packs


def _engine() -> str:
    try:
        engine = version("llama-cpp-python")
    except PackageNotFoundError:
        engine = "none"
    built = ", built for GPUs" if built_for_gpus() else ""
    return f"llama-cpp-python {engine}, {platform.machine()}, {usable_threads()} threads{built}"


def _notices_of_meaning(library: Library) -> list[Notice]:
    if library.space is None:
        fault = _starter_fault()
        return [Notice(f"{fault.summary} Documents are found by their words only.", fault.remedy)] if fault else []
    if library.missing_embedder:
        return [
            Notice(
                f"{library.missing_embedder}, which found by meaning here, is not at hand. "
                f"{library.space.embedder.model.name} takes over, and learns the meaning of all documents anew.",
                "To have it back, bring it in again, then choose it: Models, in the menu.",
            )
        ]
    return []


def _starter_fault() -> EnvironmentFault | None:
    try:
        starter_embedder()
    except EnvironmentFault as fault:
        return fault
    return None


def _generator(shelf: Shelf, notices: list[Notice]) -> ChosenGenerator | None:
    choice = shelf.choose()
    pack = _writer(choice)
    try:
        require_llama_cpp()
    except EnvironmentFault as fault:
        notices.append(Notice(fault.summary, fault.remedy))
        if not isinstance(pack, ServedModel):
            return None
    if choice.chosen is None:
        notices.append(Notice(choice.why, "Models, in the menu, shows what there is and what each needs."))
    return ChosenGenerator(pack, lambda: _writer(shelf.choose()), shelf.generator)


def _writer(choice: Choice) -> Writer | None:
    pack = choice.chosen.pack if choice.chosen else None
    return pack if isinstance(pack, GeneratorPack | ServedModel) else None
