"""The administrator's policy: which servers Lectern may reach. Without one, none but those on this computer."""

import ssl
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import EnvironmentFault, UsageFault
from app.security import egress

_FOLDERS = {"win32": Path("C:/ProgramData/Lectern"), "darwin": Path("/Library/Application Support/Lectern")}

POLICY = _FOLDERS.get(sys.platform, Path("/etc/lectern")) / "policy.toml"
"""Where the policy of this computer lies: in a folder that only an administrator may write to."""

_LARGEST = 1 << 20  # bytes
_LONGEST, _TOLD = 2_000, 200  # characters of an address
_PORTS = {"http": 80, "https": 443}
_SETTINGS = {"kind", "url", "key_file", "ca_file"}


class ServerKind(StrEnum):
    """What a server speaks."""

    OPENAI = "openai"
    OLLAMA = "ollama"
    CHROMA = "chroma"


@dataclass(frozen=True, slots=True)
class Server:
    """A program that computes or keeps vectors for Lectern, on this computer or another.

    Attributes:
        kind: what it speaks.
        url: without a slash at its end; of an OpenAI-compatible one with the ``/v1``.
        key_file: holds the key that it wants; None = it wants none.
        ca_file: certificates that its own is checked against; None = those that this system trusts.
    """

    kind: ServerKind
    url: str
    key_file: Path | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse an address that Lectern does not use.

        Raises:
            UsageFault: it is no address of a server, or would send text readable to everybody on the way.
        """
        try:
            parts = urlsplit(self.url)
            valid = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
            valid = valid and self.url.isascii() and self.url.isprintable() and len(self.url) <= _LONGEST
        except ValueError:
            valid = False
        if not valid or any(mark in self.url for mark in "@?# "):
            told = ascii(self.url[:_TOLD])
            raise UsageFault(f"{told} is not the address of a server.", "Write it like http://127.0.0.1:8080/v1")
        if parts.scheme == "http" and not self.here:
            raise UsageFault(
                f"{self.url} would send text of documents over the network unencrypted.", "Use an https address."
            )

    @property
    def host(self) -> str:
        """Its name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def encrypted(self) -> bool:
        """Whether what is said to it is encrypted."""
        return urlsplit(self.url).scheme == "https"

    @property
    def here(self) -> bool:
        """Whether it is on this computer."""
        return egress.is_local(self.host)

    def headers(self) -> dict[str, str]:
        """Return what proves that Lectern may use it.

        Raises:
            EnvironmentFault: the key cannot be read.
        """
        if self.key_file is None:
            return {}
        try:
            key = self.key_file.read_text("ascii").strip()
        except (OSError, ValueError) as error:
            raise EnvironmentFault(
                f"The key for {self.url} cannot be read from {self.key_file}.", "Ask your administrator.", str(error)
            ) from error
        return {"Authorization": f"Bearer {key}"}

    def trust(self) -> ssl.SSLContext:
        """Return what its certificate is checked against.

        Raises:
            EnvironmentFault: the certificates cannot be read.
        """
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise EnvironmentFault(
                f"The certificates in {self.ca_file} cannot be read.", "Ask your administrator.", str(error)
            ) from error


@dataclass(frozen=True, slots=True)
class Policy:
    """What the administrator allows. ``servers``: beside those on this computer; in the order of the file."""

    servers: tuple[Server, ...] = ()

    def allow(self) -> None:
        """Let this process reach the servers, for the rest of its life."""
        for server in self.servers:
            egress.allow(server.host, server.port)

    def of(self, *kinds: ServerKind) -> list[Server]:
        """Return the servers of some kinds."""
        return [server for server in self.servers if server.kind in kinds]


def load_policy(path: Path) -> Policy:
    """Read a policy; there is none = nothing beyond this computer is allowed.

    It is TOML: for each server a table ``[[server]]`` with ``kind`` (``openai``, ``ollama`` or ``chroma``), ``url``
    and, where needed, ``key_file`` and ``ca_file``.

    Raises:
        EnvironmentFault: it cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        with path.open("rb") as file:
            fields = tomllib.load(file)
        return Policy(tuple(_servers(fields)))
    except FileNotFoundError:
        return Policy()
    except (OSError, ValueError, UsageFault) as error:
        raise EnvironmentFault(
            f"The policy in {path} cannot be followed, so no server is used: {error}",
            "Ask your administrator to put it right.",
        ) from error


def _servers(fields: dict[str, Any]) -> list[Server]:
    unknown = fields.keys() - {"server"}
    tables = fields.get("server", [])
    if unknown or not isinstance(tables, list):
        raise ValueError(f"it holds {', '.join(sorted(unknown)) or 'a server'} where [[server]] is expected")
    return [_server(table) for table in tables]


def _server(table: dict[str, Any]) -> Server:
    unknown = table.keys() - _SETTINGS
    if unknown or not all(isinstance(value, str) for value in table.values()):
        raise ValueError(f"a server has {', '.join(sorted(unknown)) or 'a setting that is no text'}")
    if missing := {"kind", "url"} - table.keys():
        raise ValueError(f"a server has no {', '.join(sorted(missing))}")
    files = {name: Path(table[name]) for name in ("key_file", "ca_file") if name in table}
    return Server(ServerKind(table["kind"]), table["url"].rstrip("/"), **files)
