"""What parent and child say to each other: JSON, each message behind its length.

The child reads what comes from outside, and may be taken over by it. So its words are data, checked for shape and
range here, and never objects: nothing it sends can run in the parent.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, starmap
from math import isfinite
from typing import BinaryIO

from app.domain.documents import Box, Chunk, Page, ParsedDocument, Span

Message = dict[str, object]

_LENGTH_BYTES = 4
MOST_BYTES = 512 * 1024 * 1024
"""Longest message: a document with all that `Limits` allows is below it."""


class BadMessage(Exception):
    """The other side said something that makes no sense, or is gone."""


def send(stream: BinaryIO, message: Message) -> None:
    """Write a message."""
    # ASCII: file names may hold bytes that are no UTF-8, which Python keeps as lone surrogates.
    send_bytes(stream, json.dumps(message, separators=(",", ":")).encode("ascii"))


def send_bytes(stream: BinaryIO, message: bytes) -> None:
    """Write a message that is encoded already."""
    stream.write(len(message).to_bytes(_LENGTH_BYTES, "big") + message)
    stream.flush()


def receive(stream: BinaryIO) -> Message | None:
    """Read a message; None when the other side has closed.

    Raises:
        BadMessage: it is cut short, too long, or no JSON object.
    """
    head = stream.read(_LENGTH_BYTES)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH_BYTES or length > MOST_BYTES:
        raise BadMessage
    body = stream.read(length)
    if len(body) < length:
        raise BadMessage
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage from error
    if not isinstance(message, dict):
        raise BadMessage
    return message


def encode_document(document: ParsedDocument, *, worn: bool = False) -> bytes:
    """Encode a document as a message. The text of its chunks is left out: it follows from the pages."""
    message = {
        "worn": worn,
        "format": document.format,
        "title": document.title,
        "metadata": dict(document.metadata),
        "pages": [(page.text, page.heading, page.width, page.height) for page in document.pages],
        "chunks": [
            (
                chunk.heading,
                [(span.page, span.start, span.end, _hundredths(span.boxes)) for span in chunk.spans],
                [place for sentence in chunk.sentences for place in sentence],
            )
            for chunk in document.chunks
        ],
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def decode_document(message: Message) -> ParsedDocument:
    """Build the document that a message describes.

    Raises:
        BadMessage: something in it is not what it should be, or points outside the pages.
    """
    try:
        pages = tuple(_pages(_list(message["pages"])))
        chunks = tuple(
            _chunk(ordinal, fields, pages) for ordinal, fields in enumerate(map(_list, _list(message["chunks"])))
        )
        metadata = message["metadata"]
        if not isinstance(metadata, dict):
            raise BadMessage
        named = {_text(name): _text(value) for name, value in metadata.items()}
        return ParsedDocument(_text(message["format"]), _text(message["title"]), pages, chunks, named)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadMessage from error


def _hundredths(boxes: Iterable[Box]) -> list[int]:
    """The sides of boxes in hundredths of a point, as finely as a page is marked: whole numbers read fast."""
    return [round(100 * side) for box in boxes for side in (box.left, box.top, box.right, box.bottom)]


def _pages(fields: Sequence[object]) -> Iterator[Page]:
    for number, field in enumerate(fields, start=1):
        text, heading, width, height = _list(field)
        yield Page(number, _text(text), _text(heading), _number(width), _number(height))


def _chunk(ordinal: int, fields: Sequence[object], pages: Sequence[Page]) -> Chunk:
    heading, span_fields, places = fields
    spans = tuple(_span(_list(field), pages) for field in _list(span_fields))
    if not spans or any(former.page >= latter.page for former, latter in pairwise(spans)):
        raise BadMessage
    text = "\n".join(pages[span.page - 1].text[span.start : span.end] for span in spans)
    flat = [_whole(place) for place in _list(places)]
    sentences = tuple(zip(flat[::2], flat[1::2], strict=True))
    last = 0
    for start, end in sentences:
        if not last <= start < end <= len(text):
            raise BadMessage
        last = end
    if not sentences:
        raise BadMessage
    return Chunk(ordinal, text, spans, sentences, _text(heading))


def _span(fields: Sequence[object], pages: Sequence[Page]) -> Span:
    page, start, end, sides = fields
    number, first, last = _whole(page), _whole(start), _whole(end)
    if not 1 <= number <= len(pages) or not 0 <= first < last <= len(pages[number - 1].text):
        raise BadMessage
    flat = [_whole(side) / 100 for side in _list(sides)]
    boxes = tuple(starmap(Box, zip(flat[::4], flat[1::4], flat[2::4], flat[3::4], strict=True)))
    return Span(number, first, last, boxes)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BadMessage
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadMessage
    # A lone surrogate can be written in JSON, but not be kept in UTF-8: ValueError.
    value.encode("utf-8")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise BadMessage
    return value


def _number(value: object) -> float:
    if (type(value) is not float and type(value) is not int) or not isfinite(value):
        raise BadMessage
    return float(value)
