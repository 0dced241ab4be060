"""The model that writes at present, and another that takes over."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

import pytest

from app.domain.errors import EnvironmentFault
from app.domain.fit import Settings
from app.domain.messages import Message
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.models.chosen import ChosenGenerator
from app.models.packs import GeneratorPack, Writer, starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)
QUESTION = [Message("user", "Name a colour.")]


class Wanted:
    """Which model is to write."""

    def __init__(self) -> None:
        self.pack: GeneratorPack | None = starter_generator()


@pytest.fixture
def wanted() -> Wanted:
    return Wanted()


@pytest.fixture
def generator(wanted: Wanted) -> Iterator[ChosenGenerator]:
    def made(pack: Writer) -> LlamaCppGenerator:
        assert isinstance(pack, GeneratorPack)
        return LlamaCppGenerator(pack, FixedLoading(Settings(512, 128, "f16", threads=usable_threads())))

    opened = ChosenGenerator(wanted.pack, lambda: wanted.pack, made)
    yield opened
    opened.close()


def said(generator: ChosenGenerator) -> str:
    return "".join(piece.text for piece in generator.generate(QUESTION, 8, CancelToken()))


def test_it_writes_with_the_chosen_model_and_says_what_that_takes(generator: ChosenGenerator) -> None:
    assert generator.name == starter_generator().name
    assert generator.memory() == 0
    assert said(generator)
    # The pages of the file are shared with whoever has loaded the same model.
    assert generator.memory() > 30 << 20


def test_a_grammar_reaches_the_chosen_model(generator: ChosenGenerator) -> None:
    assert generator.binds
    pieces = generator.generate(QUESTION, 8, CancelToken(), grammar='root ::= "yes" | "no"')
    assert "".join(piece.text for piece in pieces) in ("yes", "no")


def test_another_takes_over_with_the_next_question_and_the_first_one_ends(
    generator: ChosenGenerator, wanted: Wanted
) -> None:
    before = said(generator)
    wanted.pack = replace(starter_generator(), name="Another")
    assert generator.name != "Another"
    generator.choose_again()
    assert generator.pack == wanted.pack
    assert generator.name == "Another"
    assert generator.memory() == 0
    assert said(generator) == before


def test_the_same_model_chosen_again_stays_loaded(generator: ChosenGenerator) -> None:
    said(generator)
    generator.choose_again()
    assert generator.memory() > 0


def test_without_a_model_it_says_where_to_look(generator: ChosenGenerator, wanted: Wanted) -> None:
    wanted.pack = None
    generator.choose_again()
    assert generator.pack is None
    assert generator.name == ""
    assert not generator.binds
    with pytest.raises(EnvironmentFault, match="No model can write"):
        said(generator)
