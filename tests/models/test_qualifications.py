"""Where the results of the built-in questions are kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault
from app.domain.qualification import Qualification
from app.models.packs import AdapterPack, GeneratorPack, ModelFile, ServedModel, starter_embedder
from app.models.qualifications import Qualifications
from app.security.policy import Server, ServerKind

RESULT = Qualification(answerable=40, right=31, unanswerable=20, silent=18, written=44, invented=4)
MODEL = GeneratorPack("large", "Large", (ModelFile(Path("large.gguf"), "ab" * 32),), None, stand_in=False)
ADAPTED = MODEL.adapted(AdapterPack("tone", "Tone", ModelFile(Path("tone.gguf"), "cd" * 32)))
SERVED = ServedModel(Server(ServerKind.OPENAI, "http://127.0.0.1:8080/v1"), "large")


def results(folder: Path, edition: str = "first") -> Qualifications:
    return Qualifications(folder / "models" / "qualified.json", lambda: edition)


def test_a_result_is_kept_with_the_model_wherever_it_lies(tmp_path: Path) -> None:
    assert results(tmp_path).of(MODEL) is None
    results(tmp_path).keep(MODEL, RESULT)
    moved = replace(MODEL, id="other", files=(ModelFile(Path("elsewhere.gguf"), MODEL.sha256),))
    assert results(tmp_path).of(moved) == RESULT
    assert results(tmp_path).of(starter_embedder()) is None


def test_an_adapter_and_a_server_make_another_model_of_it(tmp_path: Path) -> None:
    kept = results(tmp_path)
    kept.keep(MODEL, RESULT)
    assert kept.of(ADAPTED) is None
    assert kept.of(SERVED) is None
    worse = replace(RESULT, right=3)
    kept.keep(ADAPTED, worse)
    kept.keep(SERVED, replace(RESULT, right=30))
    # Another process may have written meanwhile: what it kept stays.
    assert [results(tmp_path).of(model) for model in (MODEL, ADAPTED)] == [RESULT, worse]
    assert len(kept.all()) == 3


def test_results_of_other_questions_are_dropped(tmp_path: Path) -> None:
    results(tmp_path).keep(MODEL, RESULT)
    changed = results(tmp_path, "second")
    assert changed.of(MODEL) is None
    changed.keep(ADAPTED, RESULT)
    assert list(changed.all()) == [ADAPTED.key]


@pytest.mark.parametrize("damage", ["", "[]", '{"format": 2}', '{"format": 1, "edition": "first", "models": {"a": 1}}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "qualified.json").write_text(damage)
    assert results(tmp_path).of(MODEL) is None
    results(tmp_path).keep(MODEL, RESULT)
    assert results(tmp_path).of(MODEL) == RESULT


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(EnvironmentFault, match=r"qualified\.json"):
        results(tmp_path).keep(MODEL, RESULT)
