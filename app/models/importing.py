"""Where models come from: a pack, a GGUF file, a folder, or what an Ollama on this machine holds."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import ModelFault, UsageFault
from app.jobs.cancel import CancelToken
from app.models import manifest as manifests
from app.models import ollama_blobs
from app.models import signature as signatures
from app.models.adapters import ADAPTER
from app.models.chat import ChatFamily
from app.models.container import Container, open_container
from app.models.embedder_gguf import VOCABULARY_PATH, is_encoder
from app.models.embedder_gguf import recipe_of as recipe_of_encoder
from app.models.exporting import missing_parts
from app.models.files import part_names
from app.models.inspection import inspect_gguf
from app.models.manifest import Manifest, PackedFile, is_plain, one_line, read_manifest, slug
from app.models.model_folder import is_reranker, recipe_of, truncation_of
from app.models.packs import CONFIG, TOKENIZER, VOCABULARY, WEIGHTS
from app.models.store import Source

PACK = ".lpack"
OLLAMA = "ollama:"
_ENDING = re.compile(r"(-\d{5}-of-\d{5})?\.gguf$", re.IGNORECASE)
_TOKENIZER = (TOKENIZER, "tokenizer_config.json")  # by which the model's own makers cut texts into tokens
_PROGRAMS = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".py", ".npy", ".h5", ".keras"})
_LONGEST_NAME = 150  # characters; the quantisation comes after it
_CHATML_FAMILIES = frozenset({"qwen2", "qwen3", "qwen35"})


def source_of(what: str, cancel: CancelToken) -> Source:
    """Find out what is to be brought in.

    Args:
        what: the path of a pack, of a GGUF file (of several parts, any), or of a folder; or ``ollama:NAME``.
        cancel: ends it.

    Raises:
        Cancelled: stop was asked for.
        UsageFault: there is no such thing.
        ModelFault: it is not sound, or nothing that Lectern takes.
    """
    try:
        if what.startswith(OLLAMA):
            return _of_ollama(what.removeprefix(OLLAMA), cancel)
        return _of_path(Path(what), cancel)
    except OSError as error:
        name = Path(what).name
        raise ModelFault("unreadable", f"{name} cannot be read.", "Check the stick or disk.", str(error)) from error


def _of_path(path: Path, cancel: CancelToken) -> Source:
    if not path.exists():
        raise UsageFault(f"There is no file or folder {path}.", "Check the path.")
    if path.is_dir():
        return _of_folder(path if path.name else path.resolve())
    if path.suffix.lower() == PACK:
        _refuse_devices(path)
        return PackSource(open_container(path))
    if path.suffix.lower() == ".gguf":
        return _of_gguf(path, cancel)
    if path.suffix.lower() in _PROGRAMS:
        raise ModelFault(
            "program",
            f"{path.name} is of a kind that Lectern does not open, because it may hold a program.",
            "Use the same model as a GGUF file.",
        )
    raise ModelFault(
        "kind",
        f"{path.name} is nothing that Lectern can bring in.",
        "Choose a model pack (.lpack), a GGUF file, or the folder of a model.",
    )


@dataclass(frozen=True, slots=True)
class PackSource:
    """A model in a pack."""

    container: Container

    @property
    def manifest(self) -> Manifest:
        """What the pack says of itself."""
        return self.container.manifest

    @property
    def signed(self) -> tuple[bytes, bytes | None] | None:
        """The manifest as it was written, and its signature, if any."""
        return self.container.manifest_bytes, self.container.signature

    @contextmanager
    def open(self, file: PackedFile) -> Iterator[BinaryIO]:
        """Open where a file begins."""
        with self.container.open(file) as opened:
            yield opened


@dataclass(frozen=True, slots=True)
class FileSource:
    """A model whose files lie on a disk, by the names that they get."""

    manifest: Manifest
    paths: dict[str, Path]
    signed: tuple[bytes, bytes | None] | None = None

    @contextmanager
    def open(self, file: PackedFile) -> Iterator[BinaryIO]:
        """Open a file. A link is not followed: it could lead anywhere."""
        path = self.paths[file.name]
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as opened:
            yield opened


def _of_gguf(path: Path, cancel: CancelToken) -> FileSource:
    parts = _parts(path)
    for part in parts:
        _refuse_links(part)
    facts = inspect_gguf(parts[0], True, cancel)
    model = slug(_ENDING.sub("", parts[0].name), facts["name"])
    paths = {_plain(part.name): part for part in parts}
    return _of_facts(model, facts, paths, origin=f"the file {one_line(path.name)}")


def _of_facts(model: str, facts: dict[str, str], paths: dict[str, Path], origin: str) -> FileSource:
    if not is_encoder(facts):
        return _generator(model, facts, paths, origin)
    name = one_line(facts["name"])[:_LONGEST_NAME] or model
    recipe = recipe_of_encoder(f"{name} {model}", facts)
    source = _generator(model, facts, {**paths, VOCABULARY: VOCABULARY_PATH}, origin)
    return replace(source, manifest=replace(source.manifest, kind="embedder", recipe=recipe))


def _generator(model: str, facts: dict[str, str], paths: dict[str, Path], origin: str) -> FileSource:
    adapter = facts["type"] == ADAPTER
    quantisation = f" ({facts['quantisation']})" if facts["quantisation"] and not adapter else ""
    manifest = Manifest(
        kind="adapter" if adapter else "generator",
        id=model,
        name=f"{one_line(facts['name'])[:_LONGEST_NAME] or model}{quantisation}",
        files=tuple(PackedFile(name, path.stat().st_size, "") for name, path in paths.items()),
        licence=one_line(facts["licence"]),
        origin=origin,
        chat=None if adapter else _chat(facts),
    )
    return FileSource(manifest, paths)


def _chat(facts: dict[str, str]) -> ChatFamily | None:
    if facts["architecture"] not in _CHATML_FAMILIES:
        return None
    return "qwen3" if facts["thinks"] else "chatml"


def _parts(path: Path) -> list[Path]:
    """Return all files of a model that is split, in their order; those that are missing are named."""
    names = part_names(path.name)
    if names == [path.name]:
        return [path]
    missing = [name for name in names if not (path.parent / name).is_file()]
    if missing:
        raise ModelFault(
            "parts",
            f"Of the model {path.name}, {len(missing)} of {len(names)} files are missing: {missing[0]} for one.",
            "Bring all of them: they differ in the number before -of-.",
        )
    return [path.parent / name for name in names]


def _plain(name: str) -> str:
    """Make a name that a pack may have, of one that a GGUF file has: what tells its parts apart stays."""
    stem = _ENDING.sub("", name)
    letters = re.sub(r"[^A-Za-z0-9._+-]", "_", stem)[-70:].lstrip("._+-")
    plain = f"{letters}{name[len(stem) :]}"
    return plain if is_plain(plain) else f"model-{plain}"


def _refuse_links(path: Path) -> None:
    if path.is_symlink():
        raise ModelFault(
            "link", f"{path.name} is a link to another place.", "Choose the file itself.", f"to {path.readlink()}"
        )
    _refuse_devices(path)


def _refuse_devices(path: Path) -> None:
    # Reading a pipe would wait for whoever writes into it.
    if path.exists() and not path.is_file():
        raise ModelFault("kind", f"{path.name} is no file: it is a device or a pipe.", "Choose a file.")


def _of_folder(folder: Path) -> FileSource:
    """Take a folder that holds what a pack holds, or a model as transformers and sentence-transformers write it."""
    path = folder / manifests.NAME
    if not path.is_file() and (folder / WEIGHTS).is_file():
        return _encoder(folder)
    if not path.is_file() and (folder / CONFIG).is_file():
        raise ModelFault(
            "missing",
            f"The folder {folder.name} has no {WEIGHTS}, the weights of the model in their safe form.",
            f"Get a copy of the model with {WEIGHTS}.",
        )
    if not path.is_file():
        raise ModelFault(
            "missing",
            f"The folder {folder.name} has no {manifests.NAME}, so it is not known how the model is used.",
            "Choose the model's .gguf file, or make a pack of the folder: lectern models pack",
        )
    data = _small(path, manifests.LARGEST)
    manifest = read_manifest(data)
    signature = folder / signatures.NAME
    paths = {file.name: folder / file.name for file in manifest.files}
    for file in manifest.files:
        _check_file(paths[file.name], file)
    return FileSource(manifest, paths, (data, _small(signature, signatures.LARGEST) if signature.is_file() else None))


def _encoder(folder: Path) -> FileSource:
    reranker = is_reranker(folder)
    truncation = truncation_of(folder) if reranker else None
    recipe = None if reranker else recipe_of(folder)
    missing = missing_parts()
    if missing:
        raise ModelFault(
            "extra",
            f"To bring in the model in {folder.name}, {' and '.join(missing)} must be installed.",
            "Have the extra sentence-transformers installed, or get the model as a pack.",
        )
    beside = [name for name in (VOCABULARY, *_TOKENIZER) if (folder / name).is_file()]
    # One of both tells the word pieces.
    needed = VOCABULARY if TOKENIZER not in beside else TOKENIZER
    paths = {name: folder / name for name in dict.fromkeys((WEIGHTS, CONFIG, needed, *beside))}
    for name, path in paths.items():
        if not path.exists():
            raise ModelFault("missing", f"The folder {folder.name} has no {name}.", "Get a whole copy of the model.")
        _refuse_links(path)
    manifest = Manifest(
        kind="reranker" if reranker else "embedder",
        id=slug(folder.resolve().name),
        name=one_line(folder.resolve().name)[:_LONGEST_NAME] or slug(folder.name),
        files=tuple(PackedFile(name, path.stat().st_size, "") for name, path in paths.items()),
        origin=f"the folder {one_line(folder.resolve().name)}",
        recipe=recipe,
        truncation=truncation,
    )
    return FileSource(manifest, paths)


def _small(path: Path, largest: int) -> bytes:
    _refuse_links(path)
    if path.stat().st_size > largest:
        raise ModelFault("manifest", f"The {path.name} of {path.parent.name} is too large.", "Get another copy.")
    return path.read_bytes()


def _check_file(path: Path, file: PackedFile) -> None:
    if path.is_symlink():
        raise ModelFault("link", f"{file.name} is a link to another place.", "Get a whole copy of the model.")
    if not path.is_file():
        raise ModelFault("missing", f"{file.name} is missing or no plain file.", "Get a whole copy of the model.")
    if path.stat().st_size != file.size:
        raise ModelFault("truncated", f"{file.name} has another size than it should.", "Copy the model again.")


def _of_ollama(name: str, cancel: CancelToken) -> FileSource:
    model = ollama_blobs.find(name)
    _refuse_links(model.weights)
    facts = inspect_gguf(model.weights, True, cancel)
    file_name = f"{slug(name)}.gguf"
    source = _of_facts(slug(name), facts | {"name": name}, {file_name: model.weights}, origin=f"Ollama's {name}")
    # A blob goes by its hash.
    weights, *beside = source.manifest.files
    files = (replace(weights, sha256=model.sha256), *beside)
    licence = one_line(facts["licence"] or model.licence.strip().partition("\n")[0])
    return replace(source, manifest=replace(source.manifest, files=files, licence=licence, licence_text=model.licence))
