"""Another model finds by meaning, on the command line."""

from pathlib import Path
from typing import Any

import pytest
from called import call, lines

from app.security.policy import Server
from tests.models.packed import matryoshka

QUESTION = "When does the rent fall due?"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """A library of two papers, and a model that was brought in after it was made."""
    folder = tmp_path_factory.mktemp("embedder")
    papers = folder / "papers"
    papers.mkdir()
    (papers / "lease.txt").write_text("The lodger pays on the first day of each month.")
    (papers / "boiler.txt").write_text("The boiler in hall four is inspected every ninety days.")
    to: list[str | Path] = ["--library", folder / "library", "--models", folder / "models"]
    call("ingest", papers, *to)
    call("models", "import", matryoshka(folder), "--models", folder / "models")
    return to


def told(places: list[str | Path], *arguments: str) -> dict[str, Any]:
    return lines("embedder", *arguments, *places)[-1]


def test_a_model_takes_over_with_as_many_dimensions_as_wanted(places: list[str | Path]) -> None:
    before = told(places)
    assert "MiniLM" in before["embedder"]
    assert {"id": "russian-doll", "dimensions": [384, 256, 128]} in before["at_hand"]
    after = told(places, "russian-doll", "--dimensions", "128")
    assert (after["embedder"], after["successor"]) == ("Russian Doll, 128 dimensions", None)
    assert told(places) == after
    (found, *_) = lines("search", QUESTION, "--top", "1", *places)[0]["results"]
    assert found["path"].endswith("lease.txt")
    (status,) = lines("status", *places)
    assert status["vectors"] == status["chunks"] == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("no-such-model",), "no model no-such-model that finds by meaning"),
        (("russian-doll", "--dimensions", "100"), "It gives 384, 256, 128"),
        (("--dimensions", "128"), "which model"),
    ],
)
def test_what_cannot_take_over_is_said(places: list[str | Path], arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in call("embedder", *arguments, *places, code=2).stderr


def test_a_model_that_was_removed_is_told_and_another_takes_over(places: list[str | Path]) -> None:
    told(places, "russian-doll")
    call("models", "remove", "russian-doll", "--models", places[3])
    said = call("status", *places)
    assert "Russian Doll, which found by meaning here, is not at hand." in said.stderr
    call("ingest", Path(places[1]).parent / "papers", *places)
    assert "MiniLM" in told(places)["embedder"]
    assert "not at hand" not in call("status", *places).stderr


def test_a_model_of_a_server_takes_over(encoder_server: Server, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "lease.txt").write_text("The lodger pays on the first day of each month.")
    to: list[str | Path] = ["--library", tmp_path / "library", "--models", tmp_path / "models"]
    call("ingest", papers, *to)
    (connected,) = lines("models", "connect", encoder_server.url, *to[2:])
    (model,) = connected["models"]
    listed = {line["id"]: line["kind"] for line in lines("models", "list", *to[2:]) if "kind" in line}
    assert listed[model] == "embedder"
    assert told(to, model)["embedder"] == "all-minilm on this computer"
    # It shares no word with the document.
    assert lines("search", "due date of a tenant", *to)[0]["results"]
    assert "does not answer" not in call("status", *to).stderr
