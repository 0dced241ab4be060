"""Whether, and how, a model runs in the memory this machine really has."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

KvType = Literal["f16", "q8_0", "q4_0"]
"""How the keys and values of attention are stored, by the names of llama.cpp."""

Range = tuple[float, float]
"""From the lowest to the highest that is to be expected."""


_ENOUGH_READ, _ENOUGH_WRITTEN = 64, 8  # tokens, before a speed is told


class Verdict(StrEnum):
    """What is to be thought of a model on this machine."""

    FITS = "fits"
    DEGRADED = "degraded"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a generator is loaded.

    Attributes:
        context: tokens of prompt and answer together.
        batch: tokens of a prompt that are computed together (``n_ubatch`` of llama.cpp).
        kv_type: how keys and values are stored; anything but ``f16`` needs flash attention, which is always on.
        threads: processor threads.
        gpu_layers: how many layers lie in the memory of the GPU, the output layer counted; 0 = none.
        repack: put the weights into another order for the processor. They are then read into memory instead of being
            mapped from the file. Faster or slower by the type of the weights and the processor.
    """

    context: int
    batch: int
    kv_type: KvType
    threads: int
    gpu_layers: int = 0
    repack: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits, with what settings, and what is to be expected of it.

    Attributes:
        verdict: whether it runs as wanted, with less, or not at all.
        settings: to load it with; where it does not fit, those that come closest.
        memory_bytes: predicted peak of the model's process in main memory.
        gpu_bytes: predicted peak in the memory of the GPU.
        deficit_bytes: what is missing; 0 unless the verdict is no.
        prompt_tokens_per_s: reading a prompt; None = this machine was not calibrated.
        tokens_per_s: writing; None = this machine was not calibrated.
        why: in one or two sentences for people: how it is degraded, or what is missing and the cheapest remedy.
    """

    verdict: Verdict
    settings: Settings
    memory_bytes: int
    gpu_bytes: int
    deficit_bytes: int
    prompt_tokens_per_s: Range | None
    tokens_per_s: Range | None
    why: str


@dataclass(frozen=True, slots=True)
class Run:
    """What one answer took.

    Attributes:
        read: tokens of the prompt that were computed; what was known from the last one is not counted.
        reading_seconds: from the beginning to the first token.
        written: tokens.
        writing_seconds: from the first token to the last.
    """

    read: int
    reading_seconds: float
    written: int
    writing_seconds: float

    @property
    def reading_speed(self) -> float | None:
        """Tokens of the prompt a second; None where too few were read to tell."""
        return self.read / self.reading_seconds if self.read >= _ENOUGH_READ else None

    @property
    def writing_speed(self) -> float | None:
        """Tokens a second; None where too few were written to tell."""
        return (self.written - 1) / self.writing_seconds if self.written >= _ENOUGH_WRITTEN else None
