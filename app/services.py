"""What a front end is given: the services, already wired by `app.bootstrap`."""

from dataclasses import dataclass

from app import __version__
from app.answering.answerer import Answerer
from app.answering.conversation import Conversations
from app.answering.qualification import Qualifier
from app.domain.conversations import Origin, UsedModel
from app.domain.qualification import Qualification
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.cached_embedder import key_of
from app.library.library import Library
from app.library.space import Space
from app.models.built_in import built_in_questions
from app.models.chosen import ChosenGenerator
from app.models.chosen_reranker import ChosenReranker
from app.models.embedders import Embedders
from app.models.manifest import Kind
from app.models.packs import GeneratorPack, Writer
from app.models.qualifications import Qualifications
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
        id: by which it is named in commands.
        name: for people.
        kind: what it does.
        stand_in: it is there so that Lectern works at once; a better one is worth installing.
        qualification: what it did in the built-in questions; None = it was not asked them, or does not write.
    """

    id: str
    name: str
    kind: Kind
    stand_in: bool
    qualification: Qualification | None = None

    @property
    def qualified(self) -> bool:
        """Whether what it writes is shown unasked, and before the quotes. Else the documents answer by themselves."""
        return self.qualification is not None and self.qualification.passed


class Qualifying:
    """The qualification of the model that writes. Stopped, it goes on where it stood."""

    def __init__(self, generator: ChosenGenerator, model: Writer, results: Qualifications) -> None:
        self._generator = generator
        self._model = model
        self._results = results
        self._qualifier: Qualifier | None = None

    def run(self, progress: ProgressSlot, cancel: CancelToken) -> bool:
        """Ask what is left, and keep the result. Returns whether there is one: not where another model writes now.

        Raises:
            Cancelled: stop was asked for.
            EnvironmentFault: the model cannot be used, or the result not be kept.
        """
        # Made here, off the thread of a window.
        qualifier = self._qualifier = self._qualifier or Qualifier(built_in_questions())
        for _ in qualifier.run(self._generator, progress, cancel):
            if self._generator.pack != self._model:
                return False
        self._results.keep(self._model, qualifier.result)
        return True


@dataclass(frozen=True, slots=True)
class Models:
    """The models at hand, and which are at work for the open library.

    Attributes:
        shelf: how each fits; the store of those that were brought in.
        embedders: those that find by meaning.
    """

    shelf: Shelf
    embedders: Embedders
    _generator: ChosenGenerator | None
    _library: Library
    _reranker: ChosenReranker

    def in_use(self) -> tuple[ModelInUse, ...]:
        """Say which are at work."""
        space = self._library.space
        return (*self._finding(space.key if space else ""), *self._ranking(), *self._writing())

    def qualified(self) -> bool:
        """Say whether the model that writes is."""
        return any(model.qualified for model in self._writing())

    def successor(self) -> ModelInUse | None:
        """Say which is to find by meaning once it has learnt the meaning of everything; None = none is."""
        return next(iter(self._finding(self._library.successor)), None)

    def choose_again(self) -> tuple[ModelInUse, ...]:
        """Choose anew which write and rank, after one came, went or was preferred; return which are at work then."""
        if self._generator is not None:
            self._generator.choose_again()
        self._reranker.choose_again()
        return self.in_use()

    def qualifying(self) -> Qualifying | None:
        """Return what qualifies the model that writes; None = none does."""
        pack = self._generator.pack if self._generator else None
        return Qualifying(self._generator, pack, self.shelf.qualifications) if self._generator and pack else None

    def ranking(self) -> str:
        """Say which model ranks what is found, or why none does; empty where there is none."""
        return self._reranker.choice.why

    def passages(self) -> int:
        """Count the passages of the library, whose meaning another model would have to learn."""
        return self._library.passages()

    def find_with(self, model: str, dimensions: int) -> None:
        """Have another model find by meaning in this library; it takes over as `Library.use` says.

        Args:
            model: its id.
            dimensions: of its vectors; 0 = the most.

        Raises:
            UsageFault: there is no such model, or not with vectors of that size.
            EnvironmentFault: it is on a server, and computes wrong vectors.
            ModelFault: it is on a server, and not sound.
        """
        self._library.use(self.embedders.find(model, dimensions))

    def origin(self) -> Origin:
        """Say what answers are made with now: version, library and models."""
        space = self._library.space
        pack = self._generator.pack if self._generator else None
        hashes = tuple(file.sha256 for file in pack.loaded) if isinstance(pack, GeneratorPack) else ()
        loaded = self._generator.loaded if self._generator else None
        return Origin(
            version=__version__,
            library=self._library.fingerprint(),
            embedder=_used(space) if space else None,
            generator=UsedModel(pack.id, pack.name, hashes, loaded) if pack else None,
        )

    def close(self) -> None:
        """Give back what those hold that find and rank."""
        self._reranker.close()
        self.embedders.close()

    def _finding(self, key: str) -> list[ModelInUse]:
        found = [one for one in self.embedders.made() if key_of(one) == key]
        return [ModelInUse(one.id, one.name, "embedder", stand_in=one.stand_in) for one in found[:1]]

    def _ranking(self) -> list[ModelInUse]:
        pack = self._reranker.choice.chosen
        return [ModelInUse(pack.id, pack.name, "reranker", pack.stand_in)] if pack else []

    def _writing(self) -> list[ModelInUse]:
        pack = self._generator.pack if self._generator else None
        if pack is None:
            return []
        qualification = self.shelf.qualifications.of(pack)
        return [ModelInUse(pack.id, pack.name, "generator", pack.stand_in, qualification)]


@dataclass(frozen=True, slots=True)
class Services:
    """The open library and what can be asked of it.

    Nothing heavy is loaded until it is needed: the models and the vector index load on their first use.
    """

    library: Library
    searcher: Searcher
    answerer: Answerer
    conversations: Conversations
    notices: tuple[Notice, ...]
    models: Models

    def close(self) -> None:
        """End the children and release the library's lock. Stop running jobs first."""
        self.answerer.close()
        self.library.close()
        self.models.close()


def _used(space: Space) -> UsedModel:
    return UsedModel(space.key, space.embedder.model.name, (space.embedder.model.model_hash,))
