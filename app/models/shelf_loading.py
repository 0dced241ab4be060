"""How the models of the shelf are loaded, and what of their loads is kept."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import EnvironmentFault
from app.domain.fit import Run, Settings
from app.models.files import Stamp
from app.models.packs import GeneratorPack, ModelFile
from app.models.runtimes.llama_cpp import FixedLoading

if TYPE_CHECKING:
    from app.models.shelf import Shelf


@dataclass(frozen=True, slots=True)
class MeasuredLoading(FixedLoading):
    """Loads with given settings; of what comes of it, only that memory ran out is kept."""

    shelf: "Shelf"
    pack: GeneratorPack

    def ran_out(self, _settings: Settings) -> None:
        """Keep that memory ran out; that it cannot be kept does no harm."""
        with suppress(EnvironmentFault):
            self.shelf.ran_out(self.pack)


@dataclass(frozen=True, slots=True)
class ShelfLoading:
    """Loads a generator as it fits at that moment, and has what comes of it kept."""

    shelf: "Shelf"
    pack: GeneratorPack

    def settings(self) -> Settings:
        """Return how to load it now.

        Raises:
            EnvironmentFault: it does not fit.
            ModelFault: its file cannot be read any more.
        """
        return self.shelf.settings(self.pack)

    def stamp(self, file: ModelFile) -> Stamp | None:
        """Return the stamp that a file had when its hash was right."""
        return self.shelf.records.stamp(file.sha256)

    def hashed(self, file: ModelFile, stamp: Stamp) -> None:
        """Keep that the hash of a file is right; that it cannot be kept does no harm."""
        with suppress(EnvironmentFault):
            self.shelf.records.keep_stamp(file.sha256, stamp)

    def took(self, settings: Settings, memory_bytes: int, run: Run) -> None:
        """Keep what an answer took; that it cannot be kept does no harm."""
        with suppress(EnvironmentFault):
            self.shelf.took(self.pack, settings, memory_bytes, run)

    def ran_out(self, _settings: Settings) -> None:
        """Keep that memory ran out; that it cannot be kept does no harm."""
        with suppress(EnvironmentFault):
            self.shelf.ran_out(self.pack)
