"""Whether the files of a model are what they are called, and a model that runs here."""

import json
from pathlib import Path, PurePath

from app.domain.errors import ModelFault
from app.jobs.cancel import CancelToken
from app.models.adapters import ADAPTER
from app.models.canary import read_canary
from app.models.embedder_gguf import is_encoder
from app.models.files import part_names
from app.models.inspection import inspect_gguf, inspect_onnx
from app.models.manifest import Manifest
from app.models.packs import CANARY, CONFIG, TOKENIZER, VOCABULARY, vocabulary_of
from app.models.pair_canary import read_pair_canary

# How pickles, zip archives (as torch saves them), and executables of Linux, Windows and macOS begin.
_PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
_PROGRAMS = (*_PICKLES, b"PK\x03\x04", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"#!")
_HEAD = 8  # bytes
_LARGEST_VOCABULARY = 16 << 20  # bytes
_LARGEST_HEADER = 32 << 20  # bytes; that of a model of 1,000 tensors has 0.1 MB
LARGEST_TOKENIZER = 64 << 20  # bytes: that of XLM-R has 17 MB
SENTENCE_PIECES = "Unigram"
"""What ``tokenizer.json`` calls a model of sentence pieces."""
_ANOTHER_COPY = "Get another copy of the model."

_WRITERS = Path(__file__).resolve().parents[2] / "resources" / "architectures.txt"


def check_model(manifest: Manifest, folder: Path, cancel: CancelToken) -> None:
    """Look into the files of a model whose hashes are right.

    Raises:
        Cancelled: stop was asked for.
        ModelFault: one of them is not what it is called, or the model does not run here. The reason is ``program``,
            ``kind``, ``missing``, ``architecture``, ``parts``, ``vocabulary``, ``canary``, ``safetensors``, or one of
            `inspect_gguf` and `inspect_onnx`.
    """
    for file in manifest.files:
        with (folder / file.name).open("rb") as opened:
            _refuse_programs(file.name, opened.read(_HEAD))
    names = [file.name for file in manifest.files]
    if manifest.kind in ("embedder", "reranker"):
        _check_encoder(manifest, folder, names, cancel)
    elif manifest.kind == ADAPTER:
        _check_adapter(manifest, folder / names[0], cancel)
    else:
        _check_generator(manifest, [folder / name for name in names if name.lower().endswith(".gguf")], cancel)


def _check_encoder(manifest: Manifest, folder: Path, names: list[str], cancel: CancelToken) -> None:
    # The canary of a model that comes as its makers have it is made here.
    beside = {".safetensors": (CONFIG,), ".gguf": ()}.get(PurePath(names[0]).suffix.lower(), (CANARY,))
    vocabulary = vocabulary_of(manifest)
    for name in (vocabulary, *beside):
        if name not in names:
            raise ModelFault("missing", f"{manifest.name} comes without its {name}.", "Get a whole pack.")
    if vocabulary == TOKENIZER:
        _check_sentence_pieces(folder / TOKENIZER, manifest.name)
    else:
        _check_vocabulary(folder / VOCABULARY, manifest.name)
    if CANARY in names:
        _check_canary(manifest, folder / CANARY)
    for name in names:
        if name.lower().endswith(".onnx"):
            inspect_onnx(folder / name, cancel)
        elif name.lower().endswith(".gguf"):
            _check_family(manifest, inspect_gguf(folder / name, True, cancel))
        elif name.lower().endswith(".safetensors"):
            _check_safetensors(folder / name, manifest.name)


def _check_family(manifest: Manifest, facts: dict[str, str]) -> None:
    if not is_encoder(facts):
        raise ModelFault(
            "architecture",
            f"{manifest.name} is of the family {facts['architecture'] or '(none)'}, which cannot find by meaning.",
            "Use nomic-embed-text, or a model of the BERT family.",
        )


def _check_canary(manifest: Manifest, path: Path) -> None:
    if manifest.kind == "reranker":
        read_pair_canary(path)
        return
    shape = read_canary(path).vectors.shape
    if manifest.recipe is None or shape[1] != manifest.recipe.dimensions:
        raise ModelFault(
            "canary",
            f"The texts by which {manifest.name} is checked are of another model.",
            _ANOTHER_COPY,
            f"vectors of the shape {shape}",
        )


def _check_safetensors(path: Path, model: str) -> None:
    """Refuse a file that is cut short or none: the length of the header (8 bytes), the header in JSON, the tensors."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if length <= _LARGEST_HEADER else {}
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        sound = bool(ends) and size == 8 + length + max(ends)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        sound = False
    if not sound:
        raise ModelFault(
            "safetensors",
            f"The file {path.name} of {model} is not whole, or it holds no weights.",
            _ANOTHER_COPY,
            f"{size:,} bytes",
        )


def _check_vocabulary(path: Path, model: str) -> None:
    with path.open("rb") as file:
        data = file.read(_LARGEST_VOCABULARY + 1)
    try:
        pieces = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        pieces = []
    if len(data) > _LARGEST_VOCABULARY or not {"[CLS]", "[SEP]"} <= {piece.strip() for piece in pieces}:
        raise ModelFault("vocabulary", f"The {VOCABULARY} of {model} is no list of word pieces.", _ANOTHER_COPY)


def _check_sentence_pieces(path: Path, model: str) -> None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TOKENIZER + 1)
        if len(data) > LARGEST_TOKENIZER:
            raise ValueError("too large")
        fields = json.loads(data)
        pieces, marks = fields["model"]["vocab"], fields["added_tokens"]
        sound = fields["model"]["type"] == SENTENCE_PIECES and all(
            type(piece) is str and type(score) in (int, float) for piece, score in pieces
        )
        sound = sound and all(type(mark["id"]) is int and mark["id"] >= 0 and "special" in mark for mark in marks)
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise ModelFault("vocabulary", f"The {TOKENIZER} of {model} tells no sentence pieces.", _ANOTHER_COPY)


def _check_generator(manifest: Manifest, parts: list[Path], cancel: CancelToken) -> None:
    if not parts:
        raise ModelFault("kind", f"{manifest.name} has no GGUF file, the only kind that runs here.", "Get it as GGUF.")
    facts = inspect_gguf(parts[0], True, cancel)
    _check_writer(manifest, facts, len(parts))
    if [part.name for part in parts] != part_names(parts[0].name):
        raise _wrong_parts(manifest, ", ".join(part.name for part in parts))
    for number, part in enumerate(parts):
        found = facts if number == 0 else inspect_gguf(part, False, cancel)
        if (found["part"], found["parts"]) != (str(number), facts["parts"]):
            raise _wrong_parts(manifest, f"{part.name} is number {found['part']} from 0 of {found['parts']}")


def _check_adapter(manifest: Manifest, path: Path, cancel: CancelToken) -> None:
    if inspect_gguf(path, True, cancel)["type"] != ADAPTER:
        raise ModelFault("kind", f"{manifest.name} is no adapter, although its pack says so.", _ANOTHER_COPY)


def _refuse_programs(name: str, head: bytes) -> None:
    if head.startswith(_PROGRAMS):
        raise ModelFault(
            "program",
            f"The file {name} is not a model: it holds a program, or a form of data that can run one.",
            "Do not use it. Use the same model as a GGUF or an ONNX file.",
            head.hex(),
        )


def _check_writer(manifest: Manifest, facts: dict[str, str], parts: int) -> None:
    if facts["type"] == ADAPTER:
        raise ModelFault("kind", f"{manifest.name} is an adapter, not a model.", "Bring in the model that it is for.")
    if facts["architecture"] not in _writers() or not facts["causal"]:
        raise ModelFault(
            "architecture",
            f"{manifest.name} is of the family {facts['architecture'] or '(none)'}, which cannot write here.",
            "Choose a model of another family; the catalogue names some.",
        )
    if int(facts["parts"]) != parts:
        raise ModelFault(
            "parts",
            f"{manifest.name} consists of {facts['parts']} files, and {parts} are there.",
            "Bring all of them: they differ in the number before -of-.",
        )


def _wrong_parts(manifest: Manifest, detail: str) -> ModelFault:
    return ModelFault(
        "parts", f"The files of {manifest.name} are not the parts of one model.", "Get a whole copy of it.", detail
    )


def _writers() -> frozenset[str]:
    lines = _WRITERS.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
