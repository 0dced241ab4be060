"""The instructions for tiles of matrices: where the processor has them, llama.cpp is built so that they work."""

import sys
from pathlib import Path

import pytest

from app.domain.fit import Settings
from app.domain.messages import Message
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.models.packs import starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator


def _has_tiles() -> bool:
    return sys.platform == "linux" and "amx_int8" in Path("/proc/cpuinfo").read_text("utf-8")


@pytest.mark.skipif(not _has_tiles(), reason="this processor has no tiles")
def test_a_model_with_its_weights_for_tiles_writes() -> None:
    pytest.importorskip("llama_cpp")
    settings = Settings(1_024, 512, "f16", threads=usable_threads(), repack=True)
    generator = LlamaCppGenerator(starter_generator(), FixedLoading(settings))
    try:
        pieces = generator.generate([Message("user", "Tell me of the sea. " * 20)], 8, CancelToken())
        assert "".join(piece.text for piece in pieces)
    finally:
        generator.close()
