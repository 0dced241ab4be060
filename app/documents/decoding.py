"""Bytes of a text file into characters."""

import re

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_DECLARED_WITHIN = 2_048
# Guessing looks at no more than this: it reads slowly, and an encoding shows early.
_SAMPLE = 65_536
_FALLBACK = "windows-1252"
# What is no Western European text, read as windows-1252: bytes that mean nothing there, letters that come up where
# Polish, Czech, Turkish or Hungarian ones were meant, and signs in the middle of a word.
_NOT_WESTERN = re.compile(
    "[\ufffdŠšŽžÝýÞþÐðŸÿ]|[Õõ](?![Ee])|[^\\W\\d_](?:[^\\w\\s\\x00-\\x7f’‘–—\xad·]|[¹²³ªº])[^\\W\\d_]"
)


def decode(data: bytes) -> str:
    """Decode by the byte order mark, as UTF-8, or as the encoding that the characters make likely."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if encoding := unmarked_utf16(data):
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A few bytes gone wrong in a long text do not make it another encoding, nor does an end cut short.
        cut = error.start >= len(data) - 3 and not data[: error.start].isascii()
        if error.start > _SAMPLE or cut:
            return data.decode("utf-8", "replace")
    return data.decode(_guess(data), "replace")


def decode_html(data: bytes) -> str:
    """Decode as the page says it is encoded, else as any text."""
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    if declared and not data.startswith(tuple(mark for mark, _ in _MARKS)):
        name = declared[1].decode("ascii").lower()
        # Browsers read this name as the superset that people mean by it (WHATWG Encoding, section 4.2).
        name = _FALLBACK if name in ("iso-8859-1", "latin1", "us-ascii", "ascii") else name
        try:
            return data.decode(name)
        except (LookupError, UnicodeError):
            pass
    return decode(data)


def unmarked_utf16(data: bytes) -> str:
    """Return the encoding of UTF-16 without a byte order mark, if it looks like it: every other byte is null."""
    sample = data[: _SAMPLE & ~1]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or min(even, odd) or 4 * max(even, odd) < len(sample):
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _guess(data: bytes) -> str:
    if _western(data[:_SAMPLE]):
        return _FALLBACK
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best else _FALLBACK


def _western(data: bytes) -> bool:
    """Whether bytes read well as windows-1252, which the guess takes for something else where a text is short."""
    text = data.decode(_FALLBACK, "replace")
    letters = [letter for letter in text if letter.isalpha()]
    foreign = sum(not letter.isascii() for letter in letters)
    return 3 * foreign <= len(letters) and not _NOT_WESTERN.search(text)
