"""Which models are at work, in words for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services import ModelInUse

_WORK = {
    "generator": "writes",
    "embedder": "finds passages by their meaning",
    "reranker": "ranks the passages that were found",
}


def models_words(models: "Sequence[ModelInUse]") -> str:
    """Say in a line which model writes, or that none does, and what to think of it."""
    writer = next((model for model in models if model.kind == "generator"), None)
    if writer is None:
        return "No model: answers are the words of your documents."
    return f"Model: {writer.name}" + (", a small stand-in" if writer.stand_in else "") + _standing_words(writer)


def models_tip(models: "Sequence[ModelInUse]") -> str:
    """Say which models are at work for what, a line each."""
    return "\n".join(
        f"{model.name} {_WORK[model.kind]}"
        + (" (a small stand-in)" if model.stand_in else "")
        + (f". It is {model.qualification.words}." if model.qualification else "")
        for model in models
    )


def _standing_words(writer: "ModelInUse") -> str:
    if writer.qualified:
        return ", qualified to answer"
    if writer.qualification is not None:
        return ", below the mark: go by the quotes"
    # What is to be thought of a stand-in is said already.
    return "" if writer.stand_in else ", not qualified yet"
