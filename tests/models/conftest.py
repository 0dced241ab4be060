"""The tokens of a text, counted by the starter model, which the generators under test run too."""

from collections.abc import Iterator

import pytest
from generator_contract import Count

from app.domain.fit import Settings
from app.models.packs import starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator


@pytest.fixture(scope="module")
def count() -> Iterator[Count]:
    counter = LlamaCppGenerator(starter_generator(), FixedLoading(Settings(128, 128, "f16", threads=1)))
    yield counter.count_tokens
    counter.close()
