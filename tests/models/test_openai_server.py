"""The runtime of OpenAI-compatible servers against a real llama-server, and against servers that misbehave."""

import pytest
from generator_contract import QUESTION, STORY, BoundContract, ExactContract, said, thought
from misbehaving_server import Reply, misbehaving

from app.domain.errors import EnvironmentFault
from app.domain.messages import Piece
from app.jobs.cancel import CancelToken
from app.models.packs import ServedModel
from app.models.runtimes.openai_server import OpenAiGenerator, models_of
from app.security.policy import Server, ServerKind

HELLO = b'data: {"choices": [{"delta": {"content": "Hello"}}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.fixture
def generator(llama_server: Server) -> OpenAiGenerator:
    return OpenAiGenerator(ServedModel(llama_server, "smollm2", takes_grammar=True))


class TestLlamaServer(ExactContract, BoundContract):
    """The fixture ``generator`` speaks to a real llama-server."""


def test_the_models_of_a_server(llama_server: Server) -> None:
    assert models_of(llama_server) == [ServedModel(llama_server, "smollm2", takes_grammar=True)]


def pieces_of(reply: Reply) -> list[Piece]:
    with misbehaving(reply) as address:
        model = ServedModel(Server(ServerKind.OPENAI, f"{address}/v1"), "some")
        return list(OpenAiGenerator(model).generate(QUESTION, 8, CancelToken()))


def said_by(reply: Reply) -> str:
    return said(pieces_of(reply))


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_are_told_apart_however_they_are_sent(field: str) -> None:
    sent = b'data: {"choices": [{"delta": {"%s": "Hm. ", "content": null}}]}\n\n' % field.encode()
    aloud = b'data: {"choices": [{"delta": {"content": "<think>Hm.</think>"}}]}\n\n'
    pieces = pieces_of(Reply(200, sent + aloud + HELLO + DONE))
    assert (thought(pieces), said(pieces)) == ("Hm. Hm.", "Hello")


def test_a_thinking_model_gets_no_more_tokens_for_its_answer() -> None:
    assert said_by(Reply(200, HELLO * 50 + DONE)) == "Hello" * 8


def test_usage_and_comments_between_the_pieces_say_nothing() -> None:
    usage = b': ping\n\ndata: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
    assert said_by(Reply(200, HELLO + usage + DONE)) == "Hello"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(200, HELLO), "broke off"),
        (Reply(200, HELLO, cut=True), "does not answer"),
        (Reply(200, b"data: nonsense\n\n"), "not the address of an OpenAI-compatible server"),
        (Reply(200, b"data: [1]\n\n"), "not the address of an OpenAI-compatible server"),
        (Reply(200, HELLO + b'data: {"error": {"message": "out of memory"}}\n\n'), "out of memory"),
        (Reply(401, b'{"error": "no key"}'), "no key"),
        (Reply(404, b'{"error": "no such model"}'), "no such model"),
        (Reply(500, b"\xff\xfe"), "refused"),
        (Reply(302, b"", (("Location", "http://127.0.0.1:1/elsewhere"),)), "broke off"),
    ],
)
def test_what_a_server_does_wrong_is_said_in_words(reply: Reply, said: str) -> None:
    with pytest.raises(EnvironmentFault, match=said) as caught:
        said_by(reply)
    assert caught.value.remedy


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": [{}]}', b'{"data": 3}'])
def test_another_program_at_the_address_is_told_apart(body: bytes) -> None:
    with misbehaving(Reply(200, body)) as address, pytest.raises(EnvironmentFault, match="/v1"):
        models_of(Server(ServerKind.OPENAI, address))


def test_a_server_that_is_not_there_is_named() -> None:
    nobody = Server(ServerKind.OPENAI, "http://127.0.0.1:9/v1")
    with pytest.raises(EnvironmentFault, match="9/v1 does not answer"):
        models_of(nobody)
    with pytest.raises(EnvironmentFault, match="9/v1 does not answer"):
        list(OpenAiGenerator(ServedModel(nobody, "some")).generate(STORY, 8, CancelToken()))
