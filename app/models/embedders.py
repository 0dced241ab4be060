"""The embedders at hand, made once each, so that no model is loaded twice."""

from collections.abc import Callable, Sequence
from threading import Lock

from app.domain.errors import UsageFault
from app.models.embedder import Embedder


class Embedders:
    """The embedders at hand. Any thread may use it.

    Args:
        make: makes all that there are now, in all their sizes, the best first; loads nothing.
        fetch: makes one of a server known, by its id, so that it is among them from then on; see
            `app.models.servers.Servers.choose_encoder`.
    """

    def __init__(self, make: Callable[[], Sequence[Embedder]], fetch: Callable[[str], object]) -> None:
        self._make = make
        self._fetch = fetch
        self._lock = Lock()
        self._made: list[Embedder] = []

    @property
    def loaded(self) -> bool:
        """Whether the memory of one is taken already."""
        return any(embedder.loaded for embedder in self.made())

    def made(self) -> list[Embedder]:
        """Return all that were at hand at any time."""
        with self._lock:
            return list(self._made)

    def at_hand(self) -> list[Embedder]:
        """Return those that there are now, the best first."""
        found = self._make()
        with self._lock:
            known = {(one.id, one.model_hash, one.recipe): one for one in self._made}
            now = [known.get((one.id, one.model_hash, one.recipe), one) for one in found]
            self._made += [one for one in now if one not in self._made]
        return now

    def sizes(self) -> dict[str, list[int]]:
        """Return the dimensions that the vectors of each can have, by its id."""
        sizes: dict[str, list[int]] = {}
        for embedder in self.at_hand():
            sizes.setdefault(embedder.id, []).append(embedder.dimensions)
        return sizes

    def find(self, model: str, dimensions: int) -> Embedder:
        """Return one of them.

        Args:
            model: its id.
            dimensions: of its vectors; 0 = the most.

        Raises:
            UsageFault: there is no such model, or not with vectors of that size.
            EnvironmentFault: it is on a server, and computes wrong vectors.
            ModelFault: it is on a server, and not sound.
        """
        if all(one.id != model for one in self.at_hand()):
            self._fetch(model)
        sizes = {one.dimensions: one for one in self.at_hand() if one.id == model}
        wanted = dimensions or max(sizes)
        if wanted not in sizes:
            raise UsageFault(
                f"{model} gives no vectors of {wanted} dimensions.", f"It gives {', '.join(map(str, sizes))}."
            )
        return sizes[wanted]

    def close(self) -> None:
        """Give back what they hold."""
        for embedder in self.made():
            embedder.close()
