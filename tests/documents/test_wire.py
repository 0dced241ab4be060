"""Messages between parent and child: nothing that a child sends is taken on trust."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePath
from random import Random
from typing import Any

import made_files
import pytest

from app.documents import wire
from app.documents.limits import Limits
from app.documents.parsing import parse
from app.domain.documents import ParsedDocument


@pytest.fixture(scope="module")
def document() -> ParsedDocument:
    lines = [f"{number}. TERM. The term no. {number} lasts for ‘some’ years." for number in range(1, 30)]
    return parse(made_files.pdf([lines] * 3, title="Títle"), PurePath("a.pdf"), Limits())


def test_a_document_comes_out_as_it_went_in(document: ParsedDocument) -> None:
    message = json.loads(wire.encode_document(document))
    assert wire.decode_document(message) == document


def test_names_that_are_no_utf8_survive() -> None:
    stream = BytesIO()
    wire.send(stream, {"path": "a\udcff\n\U0001f600"})
    stream.seek(0)
    assert wire.receive(stream) == {"path": "a\udcff\n\U0001f600"}
    assert wire.receive(stream) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0",
        b"\0\0\0\x05{}",
        b"\xff\xff\xff\xff{}",
        b"\0\0\0\x02[]",
        b"\0\0\0\x03nan",
        b"\0\0\0\x02\xff\xff",
        b"\0\1\x86\xa0" + b"[" * 100_000,
    ],
)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(wire.BadMessage):
        wire.receive(BytesIO(data))


_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**9,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "\ud800",
    "x",
    [],
    {},
    [[]],
    [0, 1, 2, 3],
)


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every container in a message, with a key into it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


@pytest.mark.parametrize("seed", range(400))
def test_a_document_with_anything_wrong_is_refused_or_still_sound(document: ParsedDocument, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - nonsense, not secrets
    message = json.loads(wire.encode_document(document))
    for _ in range(random.randint(1, 3)):
        container, key = random.choice(list(_places(message)))
        if random.random() < 0.2 and isinstance(container, list):
            container.pop(key)
        else:
            container[key] = random.choice(_ODD)
    try:
        decoded = wire.decode_document(message)
    except wire.BadMessage:
        return
    for chunk in decoded.chunks:
        texts = [decoded.pages[span.page - 1].text[span.start : span.end] for span in chunk.spans]
        assert all(texts)
        assert "\n".join(texts) == chunk.text
        for start, end in chunk.sentences:
            assert chunk.locate(start, end)
    for text in (decoded.title, decoded.format, *(page.text for page in decoded.pages)):
        text.encode()
