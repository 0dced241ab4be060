"""A model at hand, and how it fits this machine."""

from dataclasses import dataclass

from app.domain.fit import Fit
from app.models.manifest import Kind
from app.models.packs import EmbedderPack, Pack, RerankerPack, ServedModel


@dataclass(frozen=True, slots=True)
class Standing:
    """A model at hand.

    Attributes:
        pack: the model.
        quantisation: how its weights are stored, such as ``Q4_K_M``; empty where that is not known.
        parameters: numbers that it learnt; 0 where that is not known.
        fit: on this machine, now.
    """

    pack: Pack | ServedModel
    quantisation: str
    parameters: int
    fit: Fit

    @property
    def kind(self) -> Kind:
        """What the model does."""
        match self.pack:
            case EmbedderPack() | ServedModel(finds=True):
                return "embedder"
            case RerankerPack():
                return "reranker"
            case _:
                return "generator"
