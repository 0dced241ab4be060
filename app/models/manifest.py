"""The manifest of a model pack: what the pack holds, and how the model is used."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from app.domain.errors import ModelFault
from app.domain.recipes import Recipe
from app.models.chat import ChatFamily
from app.models.files import MODEL_FORMATS

NAME = "manifest.json"
LARGEST = 8 << 20  # bytes
_FORMAT = 1
_MOST_FILES = 1_000
_LARGEST_FILE = 1 << 44  # bytes, 16 TiB
_ONE_LINE = 200  # characters of a name
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
_HASH = re.compile(r"[0-9a-f]{64}")
# JSON can hold half of a surrogate pair, which cannot be written anywhere.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
# Names that Windows keeps for devices, whatever their ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
# What may lie beside a model: texts and lists, which nothing executes.
_BESIDE = frozenset({".json", ".txt", ".md"})

_MOST_TOKENS = 131_072
_FEWEST_OF_A_PAIR = 16  # tokens, of which three are marks

Kind = Literal["generator", "embedder", "reranker", "adapter"]


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a pack. ``size`` in bytes, ``sha256`` hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of itself.

    Attributes:
        kind: what the model does; an adapter changes how a generator writes.
        id: by which it is named in commands; lower-case letters, digits, ``.``, ``_`` and ``-``.
        name: for people.
        files: all of the pack but the manifest and its signature; the first is the model, or the first part of it.
        licence: its name, such as ``Apache-2.0``; empty = not known.
        licence_text: in full; empty = not in the pack.
        origin: where the model came from, for people.
        chat: family of the chat template where it is known; None = the template in the file. Generators only.
        recipe: what is done to a text before and after the model. Embedders only.
        truncation: tokens kept of a question with its passage, the special ones included. Rerankers only.
    """

    kind: Kind
    id: str
    name: str
    files: tuple[PackedFile, ...]
    licence: str = ""
    licence_text: str = ""
    origin: str = ""
    chat: ChatFamily | None = None
    recipe: Recipe | None = None
    truncation: int | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def to_bytes(self) -> bytes:
        """Write it as JSON."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=False).encode()


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest that may come from anywhere.

    Raises:
        ModelFault: it is not sound. The reason is ``manifest``, ``program`` where a file could hold a program, or
            ``path`` where a name could lead elsewhere.
    """
    if len(data) > LARGEST:
        raise _unsound(f"it has {len(data)} bytes")
    try:
        fields = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _unsound(f"it is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise _unsound("it is not an object")
    if fields.get("format") != _FORMAT:
        raise ModelFault(
            "manifest",
            "The model pack was made for another version of Lectern.",
            "Use a newer version of Lectern, or a pack that was made with this one.",
            f"format {fields.get('format')!r}, this version reads {_FORMAT}",
        )
    manifest = Manifest(
        kind=_one_of(fields, "kind", get_args(Kind)),
        id=_matching(fields, "id", _ID),
        name=_line(fields, "name"),
        files=_files(fields.get("files")),
        licence=_line(fields, "licence"),
        licence_text=_text(fields, "licence_text", longest=LARGEST),
        origin=_text(fields, "origin", longest=2_000),
        chat=_one_of(fields, "chat", (None, *get_args(ChatFamily))),
        recipe=None if fields.get("recipe") is None else read_recipe(fields["recipe"]),
        truncation=None if fields.get("truncation") is None else _size(fields, "truncation", most=_MOST_TOKENS),
    )
    if not is_plain(manifest.id):
        raise _unsound(f"no folder can be named {manifest.id!r} everywhere")
    if (manifest.kind == "embedder") != (manifest.recipe is not None):
        raise _unsound("an embedder needs a recipe, and nothing else has one")
    if (manifest.kind == "reranker") != (manifest.truncation is not None):
        raise _unsound("a reranker needs its truncation, and nothing else has one")
    if manifest.truncation is not None and manifest.truncation < _FEWEST_OF_A_PAIR:
        raise _unsound(f"a reranker that keeps {manifest.truncation} tokens")
    return manifest


def read_recipe(fields: object) -> Recipe:
    """Read a recipe that may come from anywhere.

    Raises:
        ModelFault: it is not sound (reason ``manifest``).
    """
    if not isinstance(fields, dict):
        raise _unsound("its recipe is no object")
    return Recipe(
        document_prefix=_text(fields, "document_prefix", longest=1_000),
        query_prefix=_text(fields, "query_prefix", longest=1_000),
        pooling=_one_of(fields, "pooling", ("mean", "cls")),
        layer_norm=_one_of(fields, "layer_norm", (True, False)),
        normalise=_one_of(fields, "normalise", (True, False)),
        dimensions=_size(fields, "dimensions", most=65_536),
        truncation=_size(fields, "truncation", most=_MOST_TOKENS),
    )


def slug(*texts: str) -> str:
    """Make an id of the first of these names that has letters or digits for one."""
    plain = (re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-._")[:90].rstrip("-._") for text in texts)
    model = next(filter(None, plain), "model")
    return model if is_plain(model) else f"model-{model}"


def one_line(text: str) -> str:
    """Make a name for people of a text from anywhere: without line ends and signs that steer a terminal."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_ONE_LINE].strip()


def key_of(manifest: bytes) -> str:
    """Return a short name for exactly this manifest: first 16 hexadecimal digits of its SHA-256."""
    return sha256(manifest).hexdigest()[:16]


def is_plain(name: str) -> bool:
    """Whether a file can go by this name on every system, and stays in its folder by it."""
    return bool(_FILE.fullmatch(name)) and name.split(".")[0].lower() not in _DEVICES and not name.endswith(".")


def check_name(name: str) -> None:
    """Check that a file of a pack has a plain name of a kind that holds no program.

    Raises:
        ModelFault: it has not (reason ``path`` or ``program``).
    """
    if not is_plain(name):
        raise ModelFault(
            "path",
            f"The model pack names a file {name!r}, which could lead out of its folder.",
            "Do not use this pack. Ask whoever made it.",
        )
    if PurePosixPath(name).suffix.lower() not in MODEL_FORMATS | _BESIDE:
        raise ModelFault(
            "program",
            f"The model pack holds {name}, a kind of file that Lectern does not open, because it may hold a program.",
            "Use the same model as a GGUF or an ONNX file.",
        )


def _files(listed: object) -> tuple[PackedFile, ...]:
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_FILES:
        raise _unsound("it lists no files, or too many")
    files = tuple(_file(entry) for entry in listed)
    # Two names that differ in case are one file on Windows and macOS.
    names = {file.name.lower() for file in files}
    if len(names) < len(files) or names & {NAME, "manifest.sig"}:
        raise _unsound("it lists a file twice")
    if PurePosixPath(files[0].name).suffix.lower() not in MODEL_FORMATS:
        raise _unsound("its first file is no model")
    return files


def _file(entry: object) -> PackedFile:
    if not isinstance(entry, dict):
        raise _unsound("a file is no object")
    name = _text(entry, "name", longest=500)
    check_name(name)
    size = entry.get("size")
    if type(size) is not int or not 0 <= size <= _LARGEST_FILE:
        raise _unsound(f"the size of {name} makes no sense: {size!r}")
    return PackedFile(name, size, _matching(entry, "sha256", _HASH))


def _size(fields: Mapping[str, Any], key: str, most: int) -> int:
    value = fields.get(key)
    if type(value) is not int or not 0 < value <= most:
        raise _unsound(f"its {key} makes no sense: {value!r}")
    return value


def _text(fields: Mapping[str, Any], key: str, longest: int) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or len(value) > longest or _NO_TEXT.search(value):
        raise _unsound(f"its {key} is missing, too long or no text")
    return value


def _line(fields: Mapping[str, Any], key: str) -> str:
    value = _text(fields, key, _ONE_LINE)
    if not value.isprintable():
        raise _unsound(f"its {key} is no line of text: {value!r}")
    return value


def _matching(fields: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = _text(fields, key, longest=200)
    if not pattern.fullmatch(value):
        raise _unsound(f"its {key} is not of the right form: {value!r}")
    return value


def _one_of(fields: Mapping[str, Any], key: str, choices: tuple[Any, ...]) -> Any:  # noqa: ANN401 - as the choices are
    value = fields.get(key)
    for choice in choices:
        if value == choice and type(value) is type(choice):
            return choice
    raise _unsound(f"its {key} is {value!r}")


def _unsound(detail: str) -> ModelFault:
    return ModelFault(
        "manifest", "The manifest of the model pack is not sound.", "Get another copy of the pack.", detail
    )
