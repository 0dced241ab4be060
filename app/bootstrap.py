"""The only place that names concrete parts and wires them together."""

from pathlib import Path

from app.answering.answerer import Answerer
from app.domain.errors import EnvironmentFault
from app.hardware.cpu import usable_threads
from app.library.library import Library
from app.models.packs import starter_embedder, starter_generator
from app.models.runtimes.llama_cpp import LlamaCppGenerator, require_engine
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.search import Searcher
from app.services import Notice, Services


def open_services(folder: Path) -> Services:
    """Open the library in ``folder`` and wire the services to it.

    What this machine lacks (a model, the engine that runs it) is left out and named in the notices.

    Raises:
        EnvironmentFault: the library cannot be opened.
    """
    threads = usable_threads()
    notices: list[Notice] = []
    embedder = _embedder(threads, notices)
    generator = _generator(threads, notices)
    library = Library(folder, embedder, generator.name if generator else "", workers=threads)
    searcher = Searcher(library, embedder)
    return Services(library, searcher, Answerer(searcher, library, embedder, generator), tuple(notices))


def _embedder(threads: int, notices: list[Notice]) -> OnnxEmbedder | None:
    try:
        return OnnxEmbedder(starter_embedder(), threads)
    except EnvironmentFault as fault:
        notices.append(Notice(f"{fault.summary} Documents are found by their words only.", fault.remedy))
        return None


def _generator(threads: int, notices: list[Notice]) -> LlamaCppGenerator | None:
    try:
        require_engine()
        return LlamaCppGenerator(starter_generator(), threads)
    except EnvironmentFault as fault:
        notices.append(Notice(f"{fault.summary} Answers are quotes from the documents.", fault.remedy))
        return None
