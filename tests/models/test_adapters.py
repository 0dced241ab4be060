"""LoRA adapters: brought in for a model that is here, and what they do to it."""

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from generator_contract import QUESTION, STORY, said
from made_adapters import WIDTH, adapter

from app.bootstrap import open_shelf
from app.domain.errors import EnvironmentFault, ModelFault
from app.domain.fit import Settings
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.importing import source_of
from app.models.packs import AdapterPack, GeneratorPack, ModelFile, starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator
from app.models.shelf import Shelf

needs_llama_cpp = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)
ADAPTED = f"{starter_generator().id}+legal"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return open_shelf(tmp_path / "models")


def bring_in(shelf: Shelf, path: Path) -> str:
    return shelf.bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken()).manifest.id


def generators(shelf: Shelf) -> dict[str, GeneratorPack]:
    return {pack.id: pack for pack in shelf.packs() if isinstance(pack, GeneratorPack)}


def adapted(path: Path) -> GeneratorPack:
    file = ModelFile(path, sha256(path.read_bytes()).hexdigest())
    return starter_generator().adapted(AdapterPack("legal", "Legal", file))


def told(pack: GeneratorPack) -> str:
    generator = LlamaCppGenerator(pack, FixedLoading(Settings(512, 128, "f16", threads=usable_threads())))
    try:
        return "".join(said(generator.generate(turns, 24, CancelToken())) for turns in (QUESTION, STORY))
    finally:
        generator.close()


@needs_llama_cpp
def test_an_adapter_changes_what_is_written_and_one_of_zeros_does_not(tmp_path: Path) -> None:
    plain = told(starter_generator())
    assert told(adapted(adapter(tmp_path / "zeros.gguf"))) == plain
    assert told(adapted(adapter(tmp_path / "legal.gguf", change=0.5))) != plain


def test_an_adapter_stands_beside_its_base_and_is_taken_only_when_it_is_wanted(shelf: Shelf, tmp_path: Path) -> None:
    assert bring_in(shelf, adapter(tmp_path / "legal.gguf", change=0.5)) == "legal"
    pack = generators(shelf)[ADAPTED]
    assert pack.files == starter_generator().files
    assert pack.adapter is not None
    assert pack.adapter.sha256 == sha256((tmp_path / "legal.gguf").read_bytes()).hexdigest()
    assert pack.name == f"{starter_generator().name} with Legal English"
    standings = {standing.pack.id: standing for standing in shelf.standings()}
    more = standings[ADAPTED].fit.memory_bytes - standings[starter_generator().id].fit.memory_bytes
    assert more == (tmp_path / "legal.gguf").stat().st_size
    for preferred, chosen in ((None, starter_generator().id), (ADAPTED, ADAPTED)):
        shelf.store.prefer(preferred)
        found = shelf.choose().chosen
        assert found is not None
        assert found.pack.id == chosen
    shelf.remove(ADAPTED)
    assert ADAPTED not in generators(shelf)


@pytest.mark.parametrize(
    ("architecture", "width", "whole", "reason"),
    [("qwen3", WIDTH, True, "base"), ("llama", WIDTH - 64, True, "base"), ("llama", WIDTH, False, "kind")],
)
def test_an_adapter_that_fits_nothing_here_is_refused(
    shelf: Shelf, tmp_path: Path, architecture: str, width: int, whole: bool, reason: str
) -> None:
    path = adapter(tmp_path / "other.gguf", architecture=architecture, width=width, whole=whole)
    with pytest.raises(ModelFault) as caught:
        bring_in(shelf, path)
    assert caught.value.reason == reason
    assert caught.value.remedy
    assert shelf.store.ids() == []
    assert not list((tmp_path / "models").glob("*/*.gguf"))


@needs_llama_cpp
def test_an_adapter_that_was_changed_is_not_loaded(shelf: Shelf, tmp_path: Path) -> None:
    bring_in(shelf, adapter(tmp_path / "legal.gguf"))
    pack = generators(shelf)[ADAPTED]
    assert pack.adapter is not None
    adapter(pack.adapter.path, change=0.5)
    with pytest.raises(EnvironmentFault, match=r"legal\.gguf is damaged or has been changed"):
        told(pack)
