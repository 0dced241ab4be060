"""Reads the fields of a catalogue's files, and names the file and the field where one is not as it should be."""

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Literal, overload

from app.domain.errors import ModelFault

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_object(file: str, data: bytes) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises:
        ModelFault: it is none (reason ``catalogue``).
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _fault(file, "", f"is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _fault(file, "", "is not an object")
    return value


def listed(kind: type[StrEnum]) -> tuple[str, ...]:
    """Return the values of an enumeration."""
    return tuple(member.value for member in kind)


class Fields:
    """An object in a file. What it returns is of the right kind; else it raises a ModelFault (reason ``catalogue``).

    With ``known=False`` a field may be null, for what is not known; it must be there all the same.
    """

    def __init__(self, file: str, place: str, values: Mapping[str, Any]) -> None:
        self._file = file
        self._place = place
        self._values = values

    @property
    def names(self) -> tuple[str, ...]:
        """Of the fields."""
        return tuple(self._values)

    def at(self, key: str) -> "Fields":
        """Return the object in a field."""
        return Fields(self._file, self._path(key), self._object(key, self._value(key)))

    def each(self, key: str) -> Iterator["Fields"]:
        """Return the objects of a list in a field."""
        for place, value in enumerate(self._list(key)):
            yield Fields(self._file, f"{self._path(key)}[{place}]", self._object(key, value))

    @overload
    def text(self, key: str) -> str: ...
    @overload
    def text(self, key: str, *, known: Literal[False]) -> str | None: ...
    def text(self, key: str, *, known: bool = True) -> str | None:
        """Return a text that is not empty."""
        value = self._value(key)
        if value is None and not known:
            return None
        if not isinstance(value, str) or not value:
            raise self._fault(key, f"is no text: {value!r}")
        return value

    @overload
    def texts(self, key: str) -> list[str]: ...
    @overload
    def texts(self, key: str, *, known: Literal[False]) -> list[str] | None: ...
    def texts(self, key: str, *, known: bool = True) -> list[str] | None:
        """Return a list of texts."""
        if not known and self._value(key) is None:
            return None
        values = self._list(key)
        if not all(isinstance(value, str) and value for value in values):
            raise self._fault(key, f"is no list of texts: {values!r}")
        return values

    @overload
    def whole(self, key: str) -> int: ...
    @overload
    def whole(self, key: str, *, known: Literal[False]) -> int | None: ...
    def whole(self, key: str, *, known: bool = True) -> int | None:
        """Return a whole number above 0."""
        value = self._value(key)
        if value is None and not known:
            return None
        if type(value) is not int or value < 1:
            raise self._fault(key, f"is no whole number above 0: {value!r}")
        return value

    def truth(self, key: str) -> bool | None:
        """Return true or false, or None where it is not known."""
        value = self._value(key)
        if value is not None and type(value) is not bool:
            raise self._fault(key, f"is neither true nor false: {value!r}")
        return value

    def share(self, key: str) -> float | None:
        """Return a number from 0 to 1, or None where it is not known."""
        value = self._value(key)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 <= value <= 1:
            raise self._fault(key, f"is no number from 0 to 1: {value!r}")
        return float(value)

    def digest(self, key: str) -> str | None:
        """Return a SHA-256 in hexadecimal, or None where it is not known."""
        value = self.text(key, known=False)
        if value is not None and not _SHA256.fullmatch(value):
            raise self._fault(key, f"is no SHA-256: {value!r}")
        return value

    def numbers(self, key: str) -> dict[str, int | list[int]]:
        """Return an object of whole numbers and lists of them."""
        values = self._object(key, self._value(key))
        for name, value in values.items():
            members = value if isinstance(value, list) else [value]
            if not members or not all(type(member) is int and member >= 0 for member in members):
                raise self._fault(f"{key}.{name}", f"is no whole number: {value!r}")
        return dict(values)

    def one_of(self, value: str, choices: tuple[str, ...]) -> Any:  # noqa: ANN401 - as the choices are
        """Return a value that is one of the choices."""
        if value not in choices:
            raise _fault(self._file, self._place, f"has {value!r}, which is none of {', '.join(choices)}")
        return value

    def _value(self, key: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        if key not in self._values:
            raise self._fault(key, "is missing")
        return self._values[key]

    def _list(self, key: str) -> list[Any]:
        value = self._value(key)
        if not isinstance(value, list):
            raise self._fault(key, f"is no list: {value!r}")
        return value

    def _object(self, key: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._fault(key, f"is no object: {value!r}")
        return value

    def _path(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _fault(self, key: str, what: str) -> ModelFault:
        return _fault(self._file, self._path(key), what)


def _fault(file: str, field: str, what: str) -> ModelFault:
    return ModelFault(
        "catalogue",
        f"The catalogue of models cannot be used: {file} is not sound{f' at {field}' if field else ''}.",
        "Install Lectern again, or ask whoever made this catalogue.",
        f"{file}: {field or 'it'} {what}"[:500],
    )
