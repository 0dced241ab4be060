"""The only place that names concrete parts and wires them together."""

from pathlib import Path

from app.answering.answerer import Answerer
from app.domain.errors import EnvironmentFault
from app.domain.fit import Settings
from app.hardware.cpu import usable_threads
from app.library.library import Library
from app.models.packs import starter_embedder, starter_generator
from app.models.runtimes.llama_cpp import LlamaCppGenerator, require_llama_cpp
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.search import Searcher
from app.services import ModelInUse, Notice, Services


def open_services(folder: Path) -> Services:
    """Open the library in ``folder`` and wire the services to it.

    What this machine lacks (a model, the engine that runs it) is left out and named in the notices.

    Raises:
        EnvironmentFault: the library cannot be opened.
    """
    threads = usable_threads()
    notices: list[Notice] = []
    models: list[ModelInUse] = []
    embedder = _embedder(threads, notices, models)
    generator = _generator(threads, notices, models)
    library = Library(folder, embedder, generator.name if generator else "", workers=threads)
    searcher = Searcher(library, embedder)
    answerer = Answerer(searcher, embedder, generator)
    return Services(library, searcher, answerer, tuple(notices), tuple(models))


def _embedder(threads: int, notices: list[Notice], models: list[ModelInUse]) -> OnnxEmbedder | None:
    try:
        pack = starter_embedder()
    except EnvironmentFault as fault:
        notices.append(Notice(f"{fault.summary} Documents are found by their words only.", fault.remedy))
        return None
    models.append(ModelInUse(pack.name, writes=False, stand_in=pack.stand_in))
    return OnnxEmbedder(pack, threads)


def _generator(threads: int, notices: list[Notice], models: list[ModelInUse]) -> LlamaCppGenerator | None:
    try:
        require_llama_cpp()
        pack = starter_generator()
    except EnvironmentFault as fault:
        notices.append(Notice(fault.summary, fault.remedy))
        return None
    models.append(ModelInUse(pack.name, writes=True, stand_in=pack.stand_in))
    return LlamaCppGenerator(pack, Settings(pack.context, 512, "f16", threads))
