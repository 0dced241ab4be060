"""What an Ollama on this machine holds, read from its folder: it need not run.

Its layout: ``manifests/REGISTRY/NAMESPACE/MODEL/TAG`` is JSON that lists layers by media type and digest, and
``blobs/sha256-DIGEST`` is the layer (Ollama's docs, and ``manifest/`` and ``types/model`` of its source).
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.errors import ModelFault, UsageFault

_NAME = re.compile(
    r"(?:(?P<registry>[\w.:-]{1,200})/)?(?:(?P<namespace>[\w.-]{1,99})/)?(?P<model>[\w.-]{1,99})(?::(?P<tag>[\w.-]{1,99}))?",
    re.ASCII,
)
_DIGEST = re.compile(r"sha256[:-](?P<hash>[0-9a-f]{64})")
_LARGEST_MANIFEST, _LARGEST_LICENCE = 1 << 20, 1 << 20  # bytes
_NAMESPACE, _TAG = "library", "latest"
_MODEL, _LICENCE = "application/vnd.ollama.image.model", "application/vnd.ollama.image.license"
_NOT_TAKEN = {
    "application/vnd.ollama.image.adapter": "an adapter",
    "application/vnd.ollama.image.projector": "an eye for pictures",
}

_ANOTHER = "Choose another model."


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """A model of Ollama's.

    Attributes:
        weights: the GGUF file.
        sha256: of it, by its name; not checked yet.
        licence: the text; empty = none.
    """

    name: str
    weights: Path
    sha256: str
    licence: str


def folders() -> list[Path]:
    """Return where Ollama keeps its models, as far as such folders exist."""
    named = os.environ.get("OLLAMA_MODELS")
    # Where the service of Linux packages, and a user's own Ollama, keep them (Ollama's docs/faq).
    usual = (Path.home() / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models"))
    return [folder for folder in ([Path(named)] if named else usual) if (folder / "manifests").is_dir()]


def names() -> Iterator[str]:
    """Yield the names of all models there, as Ollama shows those of its own registry."""
    for folder in folders():
        for path in sorted((folder / "manifests").glob("*/*/*/*")):
            _, namespace, model, tag = path.relative_to(folder / "manifests").parts
            yield f"{model}:{tag}" if namespace == _NAMESPACE else f"{namespace}/{model}:{tag}"


def find(name: str) -> OllamaModel:
    """Find a model by its name.

    Raises:
        UsageFault: there is no such model.
        ModelFault: what Ollama has of it is not sound.
    """
    parts = _NAME.fullmatch(name)
    if parts is None or ".." in name:
        raise UsageFault(f"{name!r} is no name of a model of Ollama.", "Use the name that `ollama list` shows.")
    place = Path(parts["namespace"] or _NAMESPACE, parts["model"], parts["tag"] or _TAG)
    for folder in folders():
        for registry in sorted((folder / "manifests").iterdir()):
            path = registry / place
            if path.is_file() and parts["registry"] in (None, registry.name):
                return _model(name, folder, _layers(path))
    raise UsageFault(f"Ollama has no model {name} on this computer.", "Use a name that `ollama list` shows.")


def _layers(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise ValueError("too large")
        layers = json.loads(path.read_text("utf-8"))["layers"]
        return [dict(layer) for layer in layers]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFault(
            "manifest", "Ollama's list of the model's parts is damaged.", "", f"{path}: {error}"
        ) from error


def _model(name: str, folder: Path, layers: list[dict[str, Any]]) -> OllamaModel:
    for layer in layers:
        what = _NOT_TAKEN.get(str(layer.get("mediaType")))
        if what is not None:
            raise ModelFault(
                "kind", f"Ollama's {name} comes with {what}, which Lectern does not use.", "Choose another."
            )
    weights = [_blob(folder, layer) for layer in layers if layer.get("mediaType") == _MODEL]
    if len(weights) != 1:
        raise ModelFault("kind", f"Ollama's {name} has {len(weights)} files of weights.", _ANOTHER)
    licences = [_blob(folder, layer)[0] for layer in layers if layer.get("mediaType") == _LICENCE]
    path, digest = weights[0]
    licence = "\n\n".join(_text(licence) for licence in licences)
    return OllamaModel(name, path, digest, licence[:_LARGEST_LICENCE])


def _blob(folder: Path, layer: dict[str, Any]) -> tuple[Path, str]:
    digest = _DIGEST.fullmatch(str(layer.get("digest")))
    if digest is None:
        raise _damaged(repr(layer.get("digest")))
    path = folder / "blobs" / f"sha256-{digest['hash']}"
    if not path.is_file():
        raise ModelFault("missing", "A part of Ollama's model is missing.", "Have Ollama get it again.", str(path))
    return path, digest["hash"]


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LARGEST_LICENCE).decode("utf-8", "replace").replace("\0", "")


def _damaged(detail: str) -> ModelFault:
    return ModelFault("manifest", "Ollama's list of the model's parts is damaged.", "Have Ollama get it again.", detail)
