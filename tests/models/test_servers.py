"""The servers that are asked for models: of the policy, of this computer."""

from pathlib import Path

import pytest
from misbehaving_server import Reply, misbehaving

from app.domain.errors import EnvironmentFault, UsageFault
from app.models.packs import ServedModel
from app.models.servers import Servers
from app.security.policy import Policy, Server, ServerKind

NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture
def servers(tmp_path: Path) -> Servers:
    return Servers(tmp_path / "models" / "servers.txt", Policy())


def test_a_server_is_connected_asked_and_disconnected(servers: Servers, llama_server: Server) -> None:
    models = [ServedModel(llama_server, "smollm2", takes_grammar=True)]
    assert servers.connect(f"{llama_server.url}/") == models
    servers.connect(llama_server.url)
    assert servers.connected() == [llama_server.url]
    assert servers.models() == (models, [])
    servers.disconnect(llama_server.url)
    assert servers.models() == ([], [])


def test_a_server_that_does_not_answer_is_not_connected(servers: Servers) -> None:
    with pytest.raises(EnvironmentFault):
        servers.connect(NOBODY)
    assert servers.connected() == []


@pytest.mark.parametrize("url", ["https://models.example/v1", "http://127.0.0.1.example/v1", "nonsense"])
def test_only_an_administrator_can_have_text_leave_this_computer(servers: Servers, url: str) -> None:
    with pytest.raises(UsageFault):
        servers.connect(url)
    assert servers.connected() == []


def test_what_was_not_connected_cannot_be_disconnected(servers: Servers) -> None:
    with pytest.raises(UsageFault, match="was not connected"):
        servers.disconnect(NOBODY)


def test_addresses_are_alike_with_a_slash_at_their_end_and_what_is_no_address_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "servers.txt").write_text(f"{NOBODY}/\n\nhttp://127.0.0.1/\x7f\nnonsense\n", "utf-8")
    servers = Servers(tmp_path / "servers.txt", Policy())
    _, faults = servers.models()
    assert [NOBODY in str(fault) for fault in faults] == [True]
    servers.disconnect(NOBODY)
    assert NOBODY not in servers.connected()


def test_a_connected_server_that_is_gone_is_named_and_the_others_are_listed(
    tmp_path: Path, llama_server: Server
) -> None:
    path = tmp_path / "servers.txt"
    # Somebody may have written into the file.
    path.write_text(f"{NOBODY}\nhttps://models.example/v1\nnonsense\n\n{llama_server.url}\n")
    models, faults = Servers(path, Policy()).models()
    assert models == [ServedModel(llama_server, "smollm2", takes_grammar=True)]
    assert [NOBODY in fault.summary for fault in faults] == [True]


def test_the_servers_of_the_policy_come_first(tmp_path: Path, llama_server: Server) -> None:
    with misbehaving(Reply(200, b'{"data": [{"id": "large"}]}')) as address:
        department = Server(ServerKind.OPENAI, f"{address}/v1")
        vectors = Server(ServerKind.CHROMA, "http://127.0.0.1:9")
        servers = Servers(tmp_path / "servers.txt", Policy((department, vectors)))
        servers.connect(llama_server.url)
        models, faults = servers.models()
    assert [model.model for model in models] == ["large", "smollm2"]
    assert not faults
