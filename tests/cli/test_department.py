"""A department's own servers, by the administrator's policy: a real llama-server and a real Chroma server."""

from contextlib import closing
from pathlib import Path

import pytest

from app.answering.answerer import AskMode
from app.bootstrap import open_services, open_shelf
from app.domain.answers import AnswerMode
from app.domain.errors import EnvironmentFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.security.policy import Server
from tests.conftest import ChromaServer

QUESTION = "When does the lease of the warehouse in Lyon end?"


@pytest.fixture
def policy(tmp_path: Path, llama_server: Server, chroma_server: ChromaServer) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(
        f"""
        [[server]]
        kind = "openai"
        url = "{llama_server.url}"

        [[server]]
        kind = "chroma"
        url = "{chroma_server.server.url}"
        """
    )
    return path


def test_a_question_is_answered_by_the_departments_servers(tmp_path: Path, policy: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "lease.txt").write_text("The lease of the warehouse in Lyon ends on 31 March 2031.")
    models = tmp_path / "models"
    shelf = open_shelf(models, policy)
    (served,), faults = shelf.served()
    assert not faults
    shelf.store.prefer(served.pack.id)
    with closing(open_services(tmp_path / "library", models, policy)) as services:
        services.library.ingest([papers], ProgressSlot(), CancelToken())
        quotes, written = services.answerer.ask(QUESTION, AskMode.BOTH, CancelToken())
        assert "31 March 2031" in quotes.claims[0].text
        assert written.mode is AnswerMode.GENERATED
        assert served.pack.name in [model.name for model in services.models.in_use()]
        assert services.library.status().vectors == 1
        assert services.searcher.search(QUESTION, 1)[0].meaning is not None
    assert not (tmp_path / "library" / "vectors").exists()


def test_a_policy_that_cannot_be_followed_stops_lectern_rather_than_being_ignored(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[[server]]\nkind = "openai"\n')
    with pytest.raises(EnvironmentFault, match="policy"):
        open_services(tmp_path / "library", tmp_path / "models", path)
