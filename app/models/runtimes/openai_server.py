"""Models on a server that speaks OpenAI's protocol: llama-server, vLLM, MLX-LM, LM Studio."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from app.domain.errors import EnvironmentFault, UsageFault
from app.domain.messages import Piece
from app.models import grammar as grammars
from app.models.embedder_gguf import is_known
from app.models.packs import ServedModel
from app.models.runtimes.served import (
    PATIENCE,
    SHOWN,
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
from app.security.policy import Server

_BEGIN, _END = "data:", "[DONE]"
# Of a long prompt llama-server says "exceeds the available context size", vLLM "maximum context length is …".
_REFUSED, _CONTEXT, _GRAMMAR = 400, "context", "grammar"
# What thoughts are called by llama-server, older vLLM and LM Studio, and by newer vLLM and MLX-LM.
_THOUGHTS = ("reasoning_content", "reasoning")
_LLAMA_SERVER = "llamacpp"  # as it names itself as the owner of its models


class OpenAiGenerator(ServedGenerator):
    """A model that writes on an OpenAI-compatible server."""

    async def _pieces(self, asked: Asked) -> AsyncIterator[Piece]:
        import httpx

        server = self._model.server
        body = {
            "model": self._model.model,
            "messages": asked.turns,
            "max_tokens": asked.max_tokens + MOST_THOUGHTS,
            "seed": asked.seed,
            "temperature": asked.temperature,
            "stream": True,
            **({"grammar": asked.grammar} if asked.grammar else {}),
        }
        async with (
            httpx.AsyncClient(**client_settings(server), timeout=httpx.Timeout(None, connect=PATIENCE)) as client,
            client.stream("POST", f"{server.url}/chat/completions", json=body) as response,
        ):
            if response.is_error:
                raise self._refusal(response.status_code, (await response.aread()).decode("utf-8", "replace"))
            async for line in response.aiter_lines():
                if not line.startswith(_BEGIN):
                    continue
                text = line.removeprefix(_BEGIN).strip()
                if text == _END:
                    return
                for piece in self._heard(text):
                    yield piece
        raise broke_off(server)

    def _heard(self, text: str) -> list[Piece]:
        try:
            event: dict[str, Any] = json.loads(text)
            if "error" in event:
                raise refusal(self._model.server, 0, text)
            choices = event.get("choices") or [{}]
            delta = choices[0].get("delta") or {}
            thoughts = next((delta[field] for field in _THOUGHTS if delta.get(field)), "")
            pieces = [Piece(str(thoughts), thought=True), Piece(str(delta.get("content") or ""))]
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise _not_understood(self._model.server, f"{error!r}: {text[:SHOWN]}") from error
        return [piece for piece in pieces if piece.text]

    def _refusal(self, status: int, text: str) -> EnvironmentFault | UsageFault:
        if status == _REFUSED and _CONTEXT in text.lower():
            return UsageFault(
                f"The question with its passages is too long for the model {self.name}.",
                "Ask with fewer or shorter passages.",
                text[:SHOWN],
            )
        if status == _REFUSED and _GRAMMAR in text.lower():
            return grammars.wrong(text[:SHOWN])
        return refusal(self._model.server, status, text)


def embed(model: ServedModel, texts: Sequence[str]) -> list[Any]:
    """Return what a server gives for texts, a vector each if it is sound.

    Raises:
        EnvironmentFault: it refuses, or gives none.
    """
    import httpx

    server = model.server
    body = {"model": model.model, "input": list(texts), "encoding_format": "float"}
    patience = httpx.Timeout(VECTOR_SECONDS, connect=PATIENCE)
    response = httpx.post(f"{server.url}/embeddings", json=body, timeout=patience, **client_settings(server))
    if response.is_error:
        raise refusal(server, response.status_code, response.text)
    try:
        entries = sorted(response.json()["data"], key=lambda entry: int(entry["index"]))
        return [entry["embedding"] for entry in entries]
    except (ValueError, TypeError, LookupError) as error:
        raise no_vectors(model, f"{error!r}: {response.text[:SHOWN]}") from error


def models_of(server: Server) -> list[ServedModel]:
    """Return the models that a server has.

    Raises:
        EnvironmentFault: it does not answer, or not in this protocol.
    """
    import httpx

    with reaching(server):
        response = httpx.get(f"{server.url}/models", **client_settings(server), timeout=PATIENCE)
    if response.is_error:
        raise refusal(server, response.status_code, response.text)
    try:
        listed = [(str(model["id"]), model.get("owned_by") == _LLAMA_SERVER) for model in response.json()["data"]]
    except (ValueError, TypeError, LookupError) as error:
        raise _not_understood(server, f"{error!r}: {response.text[:SHOWN]}") from error
    return [
        ServedModel(server, name, finds=is_known(name), takes_grammar=takes_grammar) for name, takes_grammar in listed
    ]


def _not_understood(server: Server, detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"{server.url} is not the address of an OpenAI-compatible server.",
        "Such addresses mostly end in /v1. Check it in the server's own settings.",
        detail,
    )
