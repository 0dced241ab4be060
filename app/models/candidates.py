"""The models of the catalogue with their fit on this machine, as `app.models.recommendation` wants them."""

from collections.abc import Mapping

from app.domain.fit import Fit
from app.models.catalogue import Catalogue, Entry, Quantisation
from app.models.fit import Room, embedder_fit, fit
from app.models.foretold import size_of, weights_foretold
from app.models.kernels import Kernels
from app.models.memory import embedder_memory
from app.models.recommendation import Candidate
from app.models.shape import read_shape

_ONE_BYTE = "int8"


def candidates_of(
    catalogue: Catalogue, room: Room, kernels: Kernels | None, qualified: Mapping[str, float] | None = None
) -> list[Candidate]:
    """Return each model in each quantisation whose size is known or can be foretold.

    Args:
        catalogue: the models.
        room: what a model may use.
        kernels: how fast the processor is; None = not measured.
        qualified: share of right answers measured here, by the SHA-256 of the file.
    """
    made = []
    for entry in catalogue.entries.values():
        for quantisation in entry.quantisations:
            fitted = _fit(entry, quantisation, room, kernels)
            if fitted is not None:
                share = (qualified or {}).get(quantisation.sha256 or "")
                made.append(Candidate(entry, quantisation.name, fitted, share))
    return made


def _fit(entry: Entry, quantisation: Quantisation, room: Room, kernels: Kernels | None) -> Fit | None:
    if entry.kind != "generator":
        foretold = entry.parameters if quantisation.name.startswith(_ONE_BYTE) else size_of(entry, quantisation.name)
        size = quantisation.size or foretold
        return None if size is None else embedder_fit(embedder_memory(size), room)
    shape = read_shape(entry.architecture, entry.shape, vocabulary=0, merges=0)
    weights = weights_foretold(entry, quantisation)
    return None if weights is None else fit(shape, weights, room, kernels)
