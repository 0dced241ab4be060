"""Which reranker ranks what is found: the largest at hand that fits, and that is quick enough on this machine."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock

from app.domain.errors import EnvironmentFault
from app.models.packs import RerankerPack
from app.models.reranker import Reranker
from app.models.standing import Standing

LONGEST = 1.0
"""Seconds that a reranker may take for a question. What was found by words and meaning is told before."""

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class RerankerChoice:
    """The model that ranks what is found.

    Attributes:
        chosen: None = none does.
        why: in a sentence or two; empty where none is at hand.
        memory: bytes that it takes.
    """

    chosen: RerankerPack | None
    why: str
    memory: int = 0


def choose_reranker(
    standings: Sequence[Standing], memory: int, seconds: Callable[[str], float | None]
) -> RerankerChoice:
    """Choose among the models at hand.

    Args:
        standings: all of them.
        memory: bytes that it may take.
        seconds: tells how long one takes for a question, by the SHA-256 of its file; None = not known yet.
    """
    reasons = []
    for standing in sorted(standings, key=lambda standing: -standing.fit.memory_bytes):
        pack, size = standing.pack, standing.fit.memory_bytes
        if not isinstance(pack, RerankerPack):
            continue
        taken = seconds(pack.sha256)
        if not size:
            reasons.append(f"{pack.name} cannot be read.")
        elif size > memory:
            reasons.append(
                f"{pack.name} is off: it needs {(size - memory) / _MIB:,.0f} MiB of memory more than the other models "
                "leave."
            )
        elif _too_slow(taken):
            reasons.append(f"{pack.name} is off. {pace(taken)}")
        else:
            return RerankerChoice(pack, " ".join([*reasons, f"{pack.name} ranks what is found. {pace(taken)}"]), size)
    return RerankerChoice(None, " ".join(reasons))


def pace(seconds: float | None) -> str:
    """Say how long a reranker takes for a question, and whether that is too long."""
    if seconds is None:
        return "How long it takes shows with the first questions."
    bound = f", and more than {LONGEST:.0f} s is too long" if _too_slow(seconds) else ""
    return f"It takes {seconds:.1f} s for a question here{bound}."


def _too_slow(seconds: float | None) -> bool:
    return seconds is not None and seconds > LONGEST


class ChosenReranker:
    """The reranker that is in use, if one is. Any thread may use it.

    Args:
        choose: says which; it is told how many bytes of memory the one in use has taken.
        make: makes what runs it, and has that tell how long each question took; loads nothing.
        keep: keeps how long one took, by the SHA-256 of its file, and says whether that counts.
    """

    def __init__(
        self,
        choose: Callable[[int], RerankerChoice],
        make: Callable[[RerankerPack, Callable[[float], None]], Reranker],
        keep: Callable[[str, float], bool],
    ) -> None:
        self._choose = choose
        self._make = make
        self._keep = keep
        self._lock = Lock()
        self._choice = RerankerChoice(None, "")
        self._reranker: Reranker | None = None
        self.choose_again()

    @property
    def choice(self) -> RerankerChoice:
        """Which it is, and why."""
        return self._choice

    def get(self) -> Reranker | None:
        """Return what runs it, which loads it at its first question; None = none is in use."""
        return self._reranker

    def choose_again(self) -> None:
        """Choose anew, and give back what the one before holds, if it is another."""
        with self._lock:
            before = self._reranker
            loaded = before is not None and before.loaded
            self._choice = self._choose(self._choice.memory if loaded else 0)
            pack = self._choice.chosen
            if before is not None and pack is not None and (before.id, before.model_hash) == (pack.id, pack.sha256):
                return
            self._reranker = self._make(pack, partial(self._took, pack.sha256)) if pack else None
        if before is not None:
            before.close()

    def close(self) -> None:
        """Give back what it holds. The next question loads it again."""
        reranker = self._reranker
        if reranker is not None:
            reranker.close()

    def _took(self, model: str, seconds: float) -> None:
        # What is not kept is measured again the next time.
        with suppress(EnvironmentFault):
            if self._keep(model, seconds):
                self.choose_again()
