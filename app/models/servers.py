"""The servers whose models can be used.

They are those that the policy names, those on this computer that the user connected, and the Ollama that runs here.
"""

from collections.abc import Sequence
from pathlib import Path

from app.domain.errors import EnvironmentFault, UsageFault
from app.models.packs import ServedEncoder, ServedModel
from app.models.runtimes import ollama_server, openai_server
from app.models.served_encoders import ServedEncoders
from app.security.policy import POLICY, Policy, Server, ServerKind

_LIST = {ServerKind.OPENAI: openai_server.models_of, ServerKind.OLLAMA: ollama_server.models_of}
_LARGEST = 1 << 16  # bytes


class Servers:
    """Knows the servers. Nothing is asked of them before `models`.

    Args:
        path: the file with the addresses that the user connected, one a line; none yet is the same as an empty one.
        policy: of the administrator.
    """

    def __init__(self, path: Path, policy: Policy) -> None:
        self._path = path
        self._policy = policy
        self._encoders = ServedEncoders(path.parent)

    def connected(self) -> list[str]:
        """Return the addresses that the user connected; what is no address is left out."""
        try:
            if self._path.stat().st_size > _LARGEST:
                return []
            lines = self._path.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return []
        return [address for line in lines if (address := line.strip().rstrip("/"))]

    def connect(self, url: str) -> list[ServedModel]:
        """Use the models of an OpenAI-compatible server on this computer from now on; return them.

        Raises:
            UsageFault: it is no address, or not one of this computer.
            EnvironmentFault: it does not answer, or the address cannot be kept.
        """
        server = Server(ServerKind.OPENAI, url.rstrip("/"))
        if not server.here:
            raise UsageFault(
                f"{server.url} is not on this computer, and only an administrator can have text leave it.",
                f"He names the server in {POLICY}.",
            )
        models = openai_server.models_of(server)
        self._write([*(known for known in self.connected() if known != server.url), server.url])
        return models

    def disconnect(self, url: str) -> None:
        """Use the models of a server no longer.

        Raises:
            UsageFault: it was not connected.
            EnvironmentFault: that cannot be kept.
        """
        url, known = url.rstrip("/"), self.connected()
        if url not in known:
            raise UsageFault(
                f"The server {url or 'without an address'} was not connected.",
                f"Connected are: {', '.join(known) or 'none'}.",
            )
        self._write([one for one in known if one != url])

    def models(self) -> tuple[list[ServedModel], list[EnvironmentFault]]:
        """Ask every server for its models; return them, and what went wrong with servers that should be there."""
        models: list[ServedModel] = []
        faults: list[EnvironmentFault] = []
        for server in self._all():
            try:
                models += _LIST[server.kind](server)
            except EnvironmentFault as fault:
                if server != ollama_server.ON_THIS_COMPUTER:
                    faults.append(fault)
        return models, faults

    def encoders(self) -> list[ServedEncoder]:
        """Return the encoders that were chosen before; nothing is asked of a server."""
        return self._encoders.remembered(self._all())

    def choose_encoder(self, model: str) -> ServedEncoder:
        """Check an encoder of a server, by its id, and use it from now on.

        Raises:
            UsageFault: there is no such encoder.
            EnvironmentFault: it computes wrong vectors, or cannot be remembered.
            ModelFault: its file is not sound, or it is not known how it is used.
        """
        models, faults = self.models()
        found = next((one for one in models if one.id == model and one.finds), None)
        if found is None:
            raise UsageFault(
                f"There is no model {model} that finds by meaning.",
                " ".join(["lectern models list shows what there is.", *map(str, faults)]),
            )
        return self._encoders.choose(found)

    def _all(self) -> Sequence[Server]:
        servers = self._policy.of(*_LIST)
        for url in self.connected():
            try:
                server = Server(ServerKind.OPENAI, url)
            except UsageFault:
                continue
            if server.here:
                servers.append(server)
        return [*servers, ollama_server.ON_THIS_COMPUTER]

    def _write(self, urls: Sequence[str]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text("".join(f"{url}\n" for url in urls), "utf-8")
        except OSError as error:
            raise EnvironmentFault(
                f"{self._path} cannot be written: {error.strerror}.", "Check the disk and its rights."
            ) from error
