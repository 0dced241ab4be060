"""What a front end is given: the services, already wired by `app.bootstrap`."""

from collections.abc import Callable
from dataclasses import dataclass

from app.answering.answerer import Answerer
from app.library.library import Library
from app.models.shelf import Shelf
from app.retrieval.search import Searcher


@dataclass(frozen=True, slots=True)
class Notice:
    """Something this machine lacks, and how to get it."""

    summary: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """A model at work, and what is to be thought of it.

    Attributes:
        writes: it writes answers; otherwise it finds by meaning.
        stand_in: it is there so that Lectern works at once; a better one is worth installing.
    """

    name: str
    writes: bool
    stand_in: bool


@dataclass(frozen=True, slots=True)
class Models:
    """The models at hand.

    Attributes:
        shelf: how each fits; the store of those that were brought in.
        choose_again: chooses the model that writes anew, after one came, went or was preferred, and tells which are at
            work then.
    """

    shelf: Shelf
    choose_again: Callable[[], tuple[ModelInUse, ...]]


@dataclass(frozen=True, slots=True)
class Services:
    """The open library and what can be asked of it.

    Nothing heavy is loaded until it is needed: the models and the vector index load on their first use.
    """

    library: Library
    searcher: Searcher
    answerer: Answerer
    notices: tuple[Notice, ...]
    models: tuple[ModelInUse, ...] = ()
    at_hand: Models | None = None

    def close(self) -> None:
        """End the children and release the library's lock. Stop running jobs first."""
        self.answerer.close()
        self.library.close()
