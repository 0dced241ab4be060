"""Models of an Ollama that runs, by its official client."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from app.domain.errors import EnvironmentFault, ModelFault, UsageFault
from app.domain.messages import Piece
from app.models import ollama_blobs
from app.models.embedder_gguf import is_known
from app.models.packs import ServedModel
from app.models.runtimes.served import (
    PATIENCE,
    VECTOR_SECONDS,
    Asked,
    ServedGenerator,
    broke_off,
    client_settings,
    no_vectors,
    reaching,
    refusal,
)
from app.models.thoughts import MOST_THOUGHTS
from app.security.policy import Server, ServerKind

if TYPE_CHECKING:
    from ollama import AsyncClient

ON_THIS_COMPUTER = Server(ServerKind.OLLAMA, "http://127.0.0.1:11434")
"""Where an Ollama listens that was installed as usual."""

CONTEXT = 4_096
"""Tokens of prompt and answer together where the memory of the server is not known."""

_KEPT = "15m"  # how long a model stays loaded after an answer
# An Ollama that is given too long a prompt cuts it without a word. It cannot count tokens for others, so they are
# overcounted: prose takes 3 to 5 bytes a token, digits and rare words down to 2.
_BYTES_OF_TOKEN = 2
_MARKS = 8  # tokens around a turn
# A model of its cloud is listed like any other, and holds some hundred bytes: the text would go to its maker's servers.
_LEAST = 1 << 20


class OllamaGenerator(ServedGenerator):
    """A model that writes on an Ollama.

    Args:
        model: the model.
        context: tokens of prompt and answer together.
        threads: processor threads; None = as the server thinks best, which on this computer is one for every core,
            whatever a control group allows.
    """

    def __init__(self, model: ServedModel, context: int, threads: int | None) -> None:
        super().__init__(model)
        self._context = context
        self._threads = {} if threads is None else {"num_thread": threads}
        self._thinks: bool | None = None

    async def _pieces(self, asked: Asked) -> AsyncIterator[Piece]:
        from httpx import Timeout
        from ollama import AsyncClient, ResponseError

        server = self._model.server
        self._refuse_too_long(asked)
        options = {
            **self._threads,
            "num_ctx": self._context,
            "seed": asked.seed,
            "temperature": asked.temperature,
        }
        try:
            async with AsyncClient(
                server.url, timeout=Timeout(None, connect=PATIENCE), **client_settings(server)
            ) as client:
                if self._thinks is None:
                    self._thinks = await _thinks(client, self._model.model)
                # Its thoughts would take longer than the answer. A model that has none refuses to be asked for none.
                think = False if self._thinks else None
                # Some think all the same.
                options["num_predict"] = asked.max_tokens + (MOST_THOUGHTS if self._thinks else 0)
                async for part in await client.chat(
                    self._model.model, asked.turns, stream=True, think=think, options=options, keep_alive=_KEPT
                ):
                    if part.message.thinking:
                        yield Piece(part.message.thinking, thought=True)
                    if part.message.content:
                        yield Piece(part.message.content)
                    if part.done:
                        return
        except ResponseError as error:
            raise refusal(server, error.status_code, error.error) from error
        raise broke_off(server)

    def _refuse_too_long(self, asked: Asked) -> None:
        sizes = (len(message.content.encode("utf-8", "replace")) for message in asked.messages)
        most = sum(size // _BYTES_OF_TOKEN + _MARKS for size in sizes)
        if most >= self._context:
            raise UsageFault(
                f"The question with its passages is too long for the model {self.name}: up to {most} tokens, and it "
                f"takes {self._context} with the answer.",
                "Ask with fewer or shorter passages.",
            )


async def _thinks(client: "AsyncClient", model: str) -> bool:
    from ollama import ResponseError

    # Another maker's server may not tell; then it decides for itself.
    with suppress(ResponseError, ValueError):
        return "thinking" in ((await client.show(model)).capabilities or [])
    return False


def embed(model: ServedModel, texts: Sequence[str]) -> list[Any]:
    """Return what an Ollama gives for texts, a vector each if it is sound.

    Raises:
        EnvironmentFault: it refuses, or gives none.
    """
    from httpx import Timeout
    from ollama import Client, ResponseError

    server = model.server
    patience = Timeout(VECTOR_SECONDS, connect=PATIENCE)
    try:
        with Client(server.url, timeout=patience, **client_settings(server)) as client:
            # It would cut what is too long without a word.
            return list(client.embed(model.model, list(texts), truncate=False, keep_alive=_KEPT).embeddings)
    except ResponseError as error:
        raise refusal(server, error.status_code, error.error) from error
    except ValueError as error:
        raise no_vectors(model, repr(error)) from error


def models_of(server: Server) -> list[ServedModel]:
    """Return the models that an Ollama has; none of its maker's cloud.

    Raises:
        EnvironmentFault: it does not answer, or not in this protocol.
    """
    from ollama import Client, ResponseError

    try:
        with reaching(server), Client(server.url, timeout=PATIENCE, **client_settings(server)) as client:
            listed = client.list().models
    except ResponseError as error:
        raise refusal(server, error.status_code, error.error) from error
    except ValueError as error:
        raise EnvironmentFault(
            f"{server.url} is not the address of an Ollama.", "Check it in its settings.", str(error)
        ) from error
    return [
        _model(server, model.model, "bert" in ((model.details and model.details.family) or ""))
        for model in listed
        if model.model and (model.size or 0) >= _LEAST
    ]


def _model(server: Server, name: str, encoder: bool) -> ServedModel:
    finds = encoder or is_known(name)
    if server.here:
        with suppress(UsageFault, ModelFault, OSError):
            return ServedModel(server, name, ollama_blobs.find(name).weights, finds)
    return ServedModel(server, name, finds=finds)
