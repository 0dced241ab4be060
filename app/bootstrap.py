"""The only place that names concrete parts and wires them together."""

import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.answering.answerer import Answerer
from app.domain.errors import EnvironmentFault
from app.hardware.cpu import usable_threads
from app.hardware.memory import free_memory
from app.library.library import Library
from app.models.fit import Room, embedder_fit
from app.models.packs import EmbedderPack, Pack, starter_embedder, starter_generator
from app.models.records import Records
from app.models.runtimes.llama_cpp import LlamaCppGenerator, require_llama_cpp
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.shelf import Shelf
from app.models.store import Store
from app.retrieval.search import Searcher
from app.services import ModelInUse, Notice, Services


def open_services(folder: Path, models: Path) -> Services:
    """Open the library in ``folder`` and wire the services to it.

    What this machine lacks (a model, the engine that runs it) is left out and named in the notices.

    Args:
        folder: of the library.
        models: the folder of models, and of what is known of this machine.

    Raises:
        EnvironmentFault: the library cannot be opened.
    """
    threads = usable_threads()
    notices: list[Notice] = []
    in_use: list[ModelInUse] = []
    embedder = _embedder(threads, notices, in_use)
    generator = _generator(_shelf(models, lambda: embedder is None or embedder.loaded), notices, in_use)
    library = Library(folder, embedder, generator.name if generator else "", workers=threads)
    searcher = Searcher(library, embedder)
    answerer = Answerer(searcher, embedder, generator)
    return Services(library, searcher, answerer, tuple(notices), tuple(in_use))


def open_shelf(models: Path) -> Shelf:
    """Look at the models at hand, without a library."""
    return _shelf(models, lambda: False)


def _shelf(models: Path, embedder_loaded: Callable[[], bool]) -> Shelf:
    def room() -> Room:
        memory, threads = free_memory(), usable_threads()
        if not embedder_loaded():
            # A question needs the embedder first: what it will take is not free.
            beside = (pack.model.stat().st_size for pack in _packs(models) if isinstance(pack, EmbedderPack))
            memory -= max((embedder_fit(size, Room(memory, threads)).memory_bytes for size in beside), default=0)
        return Room(max(0, memory), threads)

    return Shelf(partial(_packs, models), room, Records(models / "machine.json", _engine()))


def _packs(models: Path) -> list[Pack]:
    packs = [installed.pack for installed in Store(models).installed()]
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
    return f"llama-cpp-python {engine}, {platform.machine()}, {usable_threads()} threads"


def _embedder(threads: int, notices: list[Notice], in_use: list[ModelInUse]) -> OnnxEmbedder | None:
    try:
        pack = starter_embedder()
    except EnvironmentFault as fault:
        notices.append(Notice(f"{fault.summary} Documents are found by their words only.", fault.remedy))
        return None
    in_use.append(ModelInUse(pack.name, writes=False, stand_in=pack.stand_in))
    return OnnxEmbedder(pack, threads)


def _generator(shelf: Shelf, notices: list[Notice], in_use: list[ModelInUse]) -> LlamaCppGenerator | None:
    try:
        require_llama_cpp()
        pack = starter_generator()
    except EnvironmentFault as fault:
        notices.append(Notice(fault.summary, fault.remedy))
        return None
    in_use.append(ModelInUse(pack.name, writes=True, stand_in=pack.stand_in))
    return LlamaCppGenerator(pack, shelf.loading(pack))
