"""The starter model made to think: a template that begins the thoughts, and tags that are tokens of their own."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from re import fullmatch

import pytest
from generator_contract import QUESTION, said, thought

from app.domain.fit import Settings
from app.hardware.cpu import usable_threads
from app.jobs.cancel import CancelToken
from app.models.gguf import read_header, read_texts
from app.models.packs import ModelFile, starter_generator
from app.models.runtimes.llama_cpp import FixedLoading, LlamaCppGenerator

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)

# Control tokens of SmolLM2 that stand for nothing here. Of such a token, nothing is written as a rule.
BEGIN, END = "<repo_name>", "<file_sep>"
RENAMED = {BEGIN: "[THINK]", END: "[/THINK]"}
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


def stored(text: str) -> bytes:
    """Return a text as a GGUF file has it."""
    return struct.pack("<Q", len(text)) + text.encode()


def thinking(path: Path, template: str) -> LlamaCppGenerator:
    # Changed where it stands, and as long as it was: through gguf, such a vocabulary takes up to a minute.
    data = starter_generator().model.read_bytes()
    old_template = read_header(starter_generator().model).metadata["tokenizer.chat_template"]
    assert isinstance(old_template, str)
    surplus = len(old_template) - len(template) + sum(len(old) - len(new) for old, new in RENAMED.items())
    for old, new in {**RENAMED, old_template: template + "{#" + " " * (surplus - 4) + "#}"}.items():
        assert data.count(stored(old)) == 1
        data = data.replace(stored(old), stored(new))
    path.write_bytes(data)
    pack = replace(starter_generator(), files=(ModelFile(path, sha256(data).hexdigest()),), chat=None)
    return LlamaCppGenerator(pack, FixedLoading(Settings(512, 256, "f16", threads=usable_threads())))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaCppGenerator]:
    """One whose template begins the thoughts."""
    opened = thinking(tmp_path_factory.mktemp("model") / "begun.gguf", f"{TEMPLATE}[THINK]")
    yield opened
    opened.close()


def test_thoughts_that_the_template_begins(begun: LlamaCppGenerator) -> None:
    grammar = 'root ::= [a-z ]{10,40} "[/THINK]" ("yes" | "no")'
    pieces = list(begun.generate(QUESTION, 8, CancelToken(), grammar=grammar))
    assert fullmatch("[a-z ]{10,40}", thought(pieces))
    assert said(pieces) in ("yes", "no")


def test_tags_that_are_control_tokens(begun: LlamaCppGenerator) -> None:
    end = read_texts(begun._pack.model, "tokenizer.ggml.tokens").index("[/THINK]")
    pieces = list(begun.generate(QUESTION, 8, CancelToken(), grammar=f'root ::= [a-z]{{5,9}} <[{end}]> "yes"'))
    assert fullmatch("[a-z]{5,9}", thought(pieces))
    assert said(pieces) == "yes"
