"""What an administrator may write into a policy, and what is refused."""

from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault, UsageFault
from app.security.policy import Policy, Server, ServerKind, load_policy


def policy(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_policy_there_is_no_server(tmp_path: Path) -> None:
    assert load_policy(tmp_path / "policy.toml") == Policy()


def test_servers_are_read_in_their_order(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret\n")
    path = policy(
        tmp_path,
        f"""
        [[server]]
        kind = "openai"
        url = "https://models.example:8443/v1/"
        key_file = "{key.as_posix()}"
        [[server]]
        kind = "chroma"
        url = "https://vectors.example"
        """,
    )
    models, vectors = load_policy(path).servers
    assert (models.url, models.host, models.port) == ("https://models.example:8443/v1", "models.example", 8443)
    assert models.headers() == {"Authorization": "Bearer secret"}
    assert (vectors.kind, vectors.port, vectors.headers()) == (ServerKind.CHROMA, 443, {})
    assert not vectors.here
    assert load_policy(path).of(ServerKind.CHROMA) == [vectors]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server", "Expected"),
        ('servers = "x"', "servers"),
        ("server = 3", "server"),
        ('[[server]]\nkind = "openai"', "no url"),
        ('[[server]]\nurl = "https://models.example"', "no kind"),
        ('[[server]]\nkind = "ftp"\nurl = "https://models.example"', "ftp"),
        ('[[server]]\nkind = "openai"\nurl = 7', "no text"),
        ('[[server]]\nkind = "openai"\nurl = "https://models.example"\npassword = "x"', "password"),
        ('[[server]]\nkind = "openai"\nurl = "models.example"', "models.example"),
        ('[[server]]\nkind = "openai"\nurl = "http://models.example/v1"', "unencrypted"),
    ],
)
def test_a_policy_that_cannot_be_followed_names_itself_and_the_reason(tmp_path: Path, text: str, said: str) -> None:
    path = policy(tmp_path, text)
    with pytest.raises(EnvironmentFault, match=said) as caught:
        load_policy(path)
    assert str(path) in caught.value.summary
    assert caught.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "http://",
        "127.0.0.1:8080",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "https://user:word@models.example",
        "https://models.example/v1?key=1",
        "http://[::1",
        "http://10.0.0.1/v1",
        "http://127.0.0.1.example/v1",
        "http://127.0.0.1:1/v1\nhttp://x",
        "http://127.0.0.1/\tv1",
        "http://127.0.0.1/\x7f",
        "http://127.0.0.1/\ud800",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/" + "a" * 70_000,
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(UsageFault):
        Server(ServerKind.OPENAI, url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/v1", "http://localhost", "http://[::1]:8080/v1"])
def test_this_computer_needs_no_encryption(url: str) -> None:
    server = Server(ServerKind.OPENAI, url)
    assert server.here
    assert not server.encrypted


def test_a_key_or_certificates_that_are_missing_are_named(tmp_path: Path) -> None:
    server = Server(ServerKind.OPENAI, "https://models.example", tmp_path / "no key", tmp_path / "no certificates")
    with pytest.raises(EnvironmentFault, match="no key"):
        server.headers()
    with pytest.raises(EnvironmentFault, match="no certificates"):
        server.trust()
