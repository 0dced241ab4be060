"""Whether the files of a model are what they are called, and a model that runs here."""

from pathlib import Path

from app.domain.errors import ModelFault
from app.jobs.cancel import CancelToken
from app.models.inspection import inspect_gguf
from app.models.manifest import Manifest
from app.models.packs import CANARY, CONFIG, VOCABULARY

# How pickles, zip archives (as torch saves them), and executables of Linux, Windows and macOS begin.
_PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
_PROGRAMS = (*_PICKLES, b"PK\x03\x04", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"#!")
_HEAD = 8  # bytes

_WRITERS = Path(__file__).resolve().parents[2] / "resources" / "architectures.txt"


def check_model(manifest: Manifest, folder: Path, cancel: CancelToken) -> None:
    """Look into the files of a model whose hashes are right.

    Raises:
        Cancelled: stop was asked for.
        ModelFault: one of them is not what it is called, or the model does not run here. The reason is ``program``,
            ``kind``, ``missing``, ``architecture``, ``parts``, or one of `inspect_gguf`.
    """
    for file in manifest.files:
        with (folder / file.name).open("rb") as opened:
            _refuse_programs(file.name, opened.read(_HEAD))
    names = [file.name for file in manifest.files]
    if manifest.kind == "embedder":
        beside = (CONFIG,) if names[0].lower().endswith(".safetensors") else ()
        for name in (VOCABULARY, CANARY, *beside):
            if name not in names:
                raise ModelFault("missing", f"{manifest.name} comes without its {name}.", "Get a whole pack.")
        return
    parts = [folder / name for name in names if name.lower().endswith(".gguf")]
    if not parts:
        raise ModelFault("kind", f"{manifest.name} has no GGUF file, the only kind that runs here.", "Get it as GGUF.")
    facts = inspect_gguf(parts[0], True, cancel)
    for part in parts[1:]:
        inspect_gguf(part, False, cancel)
    _check_writer(manifest, facts, len(parts))


def _refuse_programs(name: str, head: bytes) -> None:
    if head.startswith(_PROGRAMS):
        raise ModelFault(
            "program",
            f"The file {name} is not a model: it holds a program, or a form of data that can run one.",
            "Do not use it. Use the same model as a GGUF or an ONNX file.",
            head.hex(),
        )


def _check_writer(manifest: Manifest, facts: dict[str, str], parts: int) -> None:
    if facts["type"] == "adapter":
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


def _writers() -> frozenset[str]:
    lines = _WRITERS.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
