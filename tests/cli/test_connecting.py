"""Models of a server through Lectern's own process: a real llama-server, from connecting to an answer."""

from pathlib import Path

import pytest
from called import STARTER, call, lines

from app.security.policy import Server


@pytest.fixture
def library(tmp_path: Path) -> Path:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "lease.txt").write_text("The lease of the warehouse in Lyon ends on 31 March 2031.")
    call("ingest", papers, "--library", tmp_path / "library")
    return tmp_path / "library"


def test_a_model_of_a_server_is_connected_chosen_and_asked(tmp_path: Path, library: Path, llama_server: Server) -> None:
    to = ("--models", tmp_path / "models")
    (connected,) = lines("models", "connect", llama_server.url, *to)
    (model,) = connected["models"]
    listed = {line["id"]: line for line in lines("models", "list", *to)}
    assert (listed[model]["kind"], listed[model]["path"]) == ("generator", llama_server.url)
    # What another program takes is not known, and not made up.
    assert (listed[model]["context"], listed[model]["tokens_per_s"]) == (None, None)
    (unasked,) = lines("models", "recommend", *to)
    assert unasked["choice"]["id"] == STARTER
    lines("models", "use", model, *to)
    (wanted,) = lines("models", "recommend", *to)
    assert wanted["choice"]["id"] == model
    question = "When does the lease of the warehouse in Lyon end?"
    (status,) = lines("status", "--library", library, *to)
    assert status["generator"] == "smollm2 on this computer"
    (answer,) = lines("ask", question, "--mode", "generated", "--library", library, *to)
    assert answer["mode"] == "generated"
    call("models", "disconnect", llama_server.url, *to)
    (gone,) = lines("models", "recommend", *to)
    assert gone["choice"]["id"] == STARTER
    assert "is not at hand now" in gone["why"]


def test_a_server_beyond_this_computer_is_refused(tmp_path: Path) -> None:
    done = call("models", "connect", "https://models.example/v1", "--models", tmp_path, code=2)
    assert "only an administrator" in done.stderr
    assert "policy.toml" in done.stderr


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = call("models", "connect", "http://127.0.0.1:9/v1", "--models", tmp_path, code=3)
    assert "http://127.0.0.1:9/v1 does not answer" in done.stderr
