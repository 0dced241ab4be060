"""What is loaded at its first use."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class FirstUse(Generic[T]):
    """Something that is loaded once, by whichever thread needs it first.

    Args:
        load: loads it. Where it raises, the next use tries again.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = Lock()
        self._loaded: T | None = None

    @property
    def loaded(self) -> bool:
        """Whether its memory is taken already."""
        return self._loaded is not None

    def get(self) -> T:
        """Return it; load it where that was not done yet."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def take(self) -> T | None:
        """Return it and keep it no longer, so that the next use loads it again; None = it was not loaded."""
        with self._lock:
            taken, self._loaded = self._loaded, None
        return taken
