"""The encoders on servers that are used here: each is checked once, and remembered with what it gave then."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import EnvironmentFault, ModelFault
from app.domain.recipes import Recipe
from app.jobs.cancel import CancelToken
from app.models.canary import PROBES, Canary, check_canary, sent, write_canary
from app.models.copying import write_synced
from app.models.embedder_gguf import VOCABULARY_PATH, recipe_by_name, recipe_of
from app.models.files import sha256_of
from app.models.first_canary import told_apart
from app.models.inspection import inspect_gguf
from app.models.manifest import read_recipe, slug
from app.models.packs import CANARY, EmbedderPack, ServedEncoder, ServedModel
from app.models.runtimes.child_embedder import LlamaCppEmbedder
from app.models.runtimes.served_embedding import ServedEmbedder, vectors_of
from app.security.policy import Server, ServerKind

_FOLDER, _FACTS = "on-servers", "served.json"
_LARGEST = 1 << 16  # bytes
# To an uncased model these are the same texts; and what stands at the end of a long one changes its vector.
_SAME = (("NOTICE OF TERMINATION", "notice of termination"), ("Naïve café, résumé", "Naive cafe, resume"))
_LONG = "The lease ends on 31 March 2026 unless both parties renew it in writing. " * 20
_CUT = (_LONG, _LONG + "She played the violin in an orchestra in Vienna for thirty years. " * 5)
_ALIKE, _APART = 0.9999, 0.99999  # cosines
# Of the same file: llama.cpp's own tokenizer, which servers use, reads Korean otherwise (0.984 of the probe in three
# scripts, 0.78 of Korean alone); forgotten special tokens give 0.94.
_NEAR = 0.97


class ServedEncoders:
    """Remembers the encoders on servers that were chosen.

    Args:
        folder: of models.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER

    def remembered(self, allowed: Sequence[Server]) -> list[ServedEncoder]:
        """Return those that were chosen before, on servers that may be used now. What is damaged is left out."""
        servers = {(server.kind, server.url): server for server in allowed}
        found = []
        for path in sorted(self._folder.glob(f"*/{_FACTS}")):
            with suppress(OSError, ValueError, KeyError, TypeError, ModelFault):
                fields = json.loads(path.read_bytes()[:_LARGEST])
                server = servers.get((ServerKind(fields["kind"]), fields["url"]))
                if server is not None:
                    model = ServedModel(server, str(fields["model"]), finds=True)
                    found.append(_encoder(model, str(fields["sha256"]), read_recipe(fields["recipe"]), path.parent))
        return found

    def choose(self, model: ServedModel) -> ServedEncoder:
        """Check an encoder, and remember it with its first vectors.

        Where its file lies on this computer, they are held to those that llama.cpp computes from it here; elsewhere, to
        what every model of its family must do.

        Raises:
            EnvironmentFault: the server does not answer, computes wrong vectors, or it cannot be remembered.
            ModelFault: it is not of a family that is known, or its file is not sound.
        """
        if model.weights is not None:
            facts = inspect_gguf(model.weights, True, CancelToken())
            recipe = recipe_of(f"{model.model} {facts['name']}", facts)
            tells = sha256_of(model.weights)
            reference = _computed_here(model, model.weights, tells, recipe)
        else:
            recipe = recipe_by_name(model.model, vectors_of(model, ["x"]).shape[1])
            tells, reference = sha256(f"{model.server.url}\n{model.model}".encode()).hexdigest(), None
        folder = self._folder / f"{slug(model.model)}-{sha256(model.id.encode()).hexdigest()[:8]}"
        encoder = _encoder(model, tells, recipe, folder)
        given = ServedEmbedder(encoder).vectors_unchecked(sent(PROBES, recipe))
        if reference is not None:
            texts, roles = zip(*PROBES, strict=True)
            check_canary(Canary(texts, reference, roles), given, model.name, _NEAR)
        else:
            _check_family(encoder, given)
        fields = {"kind": model.server.kind, "url": model.server.url, "model": model.model, "sha256": tells}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_canary(folder / CANARY, PROBES, given)
            write_synced(folder / _FACTS, json.dumps({**fields, "recipe": asdict(recipe)}).encode())
        except OSError as error:
            raise EnvironmentFault(
                f"The model {model.name} cannot be remembered.", "Check the disk and its rights.", str(error)
            ) from error
        return encoder


def _check_family(encoder: ServedEncoder, probed: NDArray[np.float32]) -> None:
    pairs = ServedEmbedder(encoder).vectors_unchecked([text for pair in (*_SAME, _CUT) for text in pair])
    *same, cut = (float(left @ right) for left, right in zip(pairs[::2], pairs[1::2], strict=True))
    if not told_apart(probed) or min(same) < _ALIKE or cut > _APART:
        raise EnvironmentFault(
            f"{encoder.name} computes wrong vectors, so search by meaning would mislead.",
            "Renew the program that runs it, or bring the model in: Lectern then runs it itself.",
            f"capitals {same[0]:.4f}, accents {same[1]:.4f}, the end of a long text {cut:.6f}",
        )


def _computed_here(model: ServedModel, weights: Path, tells: str, recipe: Recipe) -> NDArray[np.float32] | None:
    # Where llama.cpp or the right to make links is missing, it is checked as if its file were elsewhere.
    with suppress(EnvironmentFault, OSError), TemporaryDirectory() as folder:
        # A blob of Ollama has no ending, by which the kind of a model is known.
        link = Path(folder) / "model.gguf"
        link.symlink_to(weights)
        pack = EmbedderPack(
            id=model.id,
            name=model.name,
            sha256=tells,
            vocabulary=VOCABULARY_PATH,
            recipe=recipe,
            canary=link,
            stand_in=False,
            model=link,
        )
        return LlamaCppEmbedder(pack, 1).vectors_unchecked(sent(PROBES, recipe))
    return None


def _encoder(model: ServedModel, tells: str, recipe: Recipe, folder: Path) -> ServedEncoder:
    return ServedEncoder(
        id=model.id,
        name=model.name,
        sha256=tells,
        vocabulary=VOCABULARY_PATH,
        recipe=recipe,
        canary=folder / CANARY,
        stand_in=False,
        served=model,
    )
