"""What a machine has, each value with where it is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where a value is from.

    ``MEASURED``: found out by doing it. ``READ``: the system or a driver says so. ``ASSUMED``: taken for likely.
    ``UNKNOWN``: nothing here says.
    """

    MEASURED = "measured"
    READ = "read"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


Value = bool | int | float | str | list[str] | list[int] | dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A value and where it is from. ``note``: what stands in the way of a better one, for people."""

    value: Value
    origin: Origin
    note: str = ""


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine has. Sizes are in bytes, speeds in bytes a second; the names tell where it is otherwise.

    Attributes:
        cpu: model, instruction sets, cores, and what of them this process may use.
        memory: total, available, and what is left within control groups.
        gpus: one entry for each that computes; software renderers and remote displays are not among them.
        npus: named, and nothing more: no runtime here uses them, and they are never counted as memory.
        disk: of the folder of models.
        power: battery or mains.
    """

    cpu: Facts
    memory: Facts
    gpus: tuple[Facts, ...]
    npus: tuple[Facts, ...]
    disk: Facts
    power: Facts


def read(value: Value) -> Fact:
    """Return a value that the system gave; None = it gave none."""
    return unknown() if value is None else Fact(value, Origin.READ)


def unknown(note: str = "") -> Fact:
    """Return that nothing says."""
    return Fact(None, Origin.UNKNOWN, note)
