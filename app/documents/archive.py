"""Zip-based formats, opened with care: nothing is unpacked that was not measured first."""

import zlib
from io import BytesIO
from types import TracebackType
from typing import Self
from zipfile import BadZipFile, ZipFile

from app.documents.faults import Reason, Refused
from app.documents.limits import Limits

# Below this much unpacked, no ratio is a danger.
_HARMLESS = 10 * 1024 * 1024


class Archive:
    """The parts of a document that is a zip archive.

    The sizes that the directory declares are checked at opening. They bind: a part is never read further than it
    declares, and `read` counts what it really gave.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Open the archive.

        Raises:
            Refused: ``damaged``, ``encrypted`` or ``bomb``.
        """
        try:
            self._zip = ZipFile(BytesIO(data))
        except (BadZipFile, NotImplementedError, ValueError) as error:
            raise Refused(Reason.DAMAGED, str(error)) from error
        self._left = limits.unpacked_bytes
        parts = self._zip.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > limits.entries:
            raise Refused(Reason.BOMB, f"It has {len(parts)} parts.")
        if unpacked > max(_HARMLESS, limits.unpacked_ratio * len(data)):
            raise Refused(Reason.BOMB, f"{len(data)} bytes would unpack to {unpacked}.")
        if any(part.flag_bits & 1 for part in parts):
            raise Refused(Reason.ENCRYPTED)
        self._names = {part.filename.lower(): part for part in parts}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def names(self) -> list[str]:
        """Return the names of the parts, in lower case: the formats compare them so."""
        return sorted(self._names)

    def read(self, name: str) -> bytes:
        """Unpack a part.

        Raises:
            Refused: ``damaged``; ``too_large`` when all that was read so far is over the limit.
        """
        part = self._names[name.lower()]
        if part.file_size > self._left:
            raise Refused(Reason.TOO_LARGE, f"“{part.filename}” unpacks to {part.file_size} bytes.")
        try:
            data = self._zip.read(part)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise Refused(Reason.DAMAGED, f"“{part.filename}”: {error}") from error
        self._left -= len(data)
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
