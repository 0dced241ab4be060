"""``lectern doctor``: what this machine has, ready to paste into a ticket.

It tells no serial numbers, no names of users or computers, and no paths.
"""

from argparse import Namespace
from collections.abc import Callable, Mapping

from app.cli.console import Console
from app.cli.exit_codes import DONE
from app.cli.records import Record
from app.domain.errors import EnvironmentFault, ModelFault
from app.domain.hardware import Fact, Facts, Origin, Value, read, unknown
from app.hardware.machine import machine
from app.jobs.cancel import CancelToken
from app.models.catalogue import Catalogue
from app.models.fit import Room
from app.models.kernels import Kernels
from app.models.shelf import Shelf
from app.models.signature import Trust
from app.models.store import Store

_TITLES = {
    "cpu": "Processor",
    "memory": "Memory",
    "gpus": "GPU",
    "npus": "NPU",
    "disk": "Disk",
    "power": "Power",
    "calibration": "Calibration",
    "budget": "For models",
    "reranker": "Reranker",
    "catalogue": "Catalogue",
}
# In bytes.
_SIZES = frozenset(
    {
        "available",
        "free",
        "gpu",
        "left_in_control_groups",
        "left_in_job",
        "left_to_commit",
        "left_to_programs",
        "limit",
        "memory",
        "memory_free",
        "memory_shared",
        "memory_total",
        "page_file",
        "total",
        "working_set",
    }
)


def run(shelf: Shelf, options: Namespace, console: Console, cancel: CancelToken) -> int:
    """Look at everything and tell it.

    Raises:
        Cancelled: stop was asked for.
    """
    largest = max((pack.model for pack in shelf.packs()), key=lambda path: path.stat().st_size, default=None)
    found = machine(options.models, largest)
    sections: dict[str, Facts | tuple[Facts, ...]] = {
        "cpu": found.cpu,
        "memory": found.memory,
        "gpus": found.gpus,
        "npus": found.npus,
        "disk": found.disk,
        "power": found.power,
        "calibration": _calibration(shelf, cancel),
        "budget": _budget(shelf.room(), shelf.store),
        "reranker": _reranker(shelf),
        "catalogue": _catalogue(shelf.catalogue),
    }
    console.record({name: _record(section) for name, section in sections.items()}, _text(sections))
    return DONE


def _calibration(shelf: Shelf, cancel: CancelToken) -> Facts:
    try:
        kernels = shelf.calibrate(cancel)
    except EnvironmentFault as fault:
        return {"speed": unknown(fault.summary)}
    return {name: Fact(value, Origin.MEASURED) for name, value in _speeds(kernels).items()}


def _speeds(kernels: Kernels) -> dict[str, Value]:
    return {
        "quiet": kernels.quiet,
        "threads": kernels.threads,
        "weights_bytes_per_s_by_threads": dict(kernels.by_threads),
        "weights_bytes_per_s": {kind: rate.writing for kind, rate in kernels.plain.items()},
        "prompt_operations_per_s": {kind: rate.reading for kind, rate in kernels.plain.items()},
        "repacked_weights_bytes_per_s": {kind: rate.writing for kind, rate in kernels.repacked.items()},
        "repacked_prompt_operations_per_s": {kind: rate.reading for kind, rate in kernels.repacked.items()},
        "attention_operations_per_s": {
            f"{kind}, heads of {width}": heads.shared
            for kind, rate in kernels.attention.items()
            for width, heads in rate.writing.items()
        },
        "prompt_attention_operations_per_s": {
            f"{kind}, heads of {width}": speed
            for kind, rate in kernels.attention.items()
            for width, speed in rate.reading.items()
        },
    }


def _budget(room: Room, store: Store) -> Facts:
    return {
        "memory": Fact(room.memory, Origin.READ, "available, within all bounds, less what the embedder will take"),
        "limit": _limit(store),
        "gpu": Fact(room.gpu, Origin.READ, "free on the largest GPU that llama.cpp can use; 0 = it can use none"),
        "gpu_is_main_memory": Fact(room.unified, Origin.READ),
        "threads": Fact(room.threads, Origin.ASSUMED),
        "margin": Fact(room.margin, Origin.ASSUMED, "follows what models took here"),
    }


def _reranker(shelf: Shelf) -> Facts:
    found = shelf.choose_reranker()
    in_use = found.chosen.id if found.chosen else None
    return {"in_use": Fact(in_use, Origin.READ, found.why or "none was brought in")}


def _limit(store: Store) -> Fact:
    try:
        limit = store.limit()
    except EnvironmentFault as fault:
        return unknown(str(fault))
    return Fact(limit, Origin.READ, "set by lectern models limit" if limit is not None else "none is set")


def _catalogue(load: Callable[[], Catalogue]) -> tuple[Facts, ...]:
    try:
        signatures = load().signatures
    except ModelFault as fault:
        return ({"trusted": Fact(False, Origin.READ, fault.summary)},)
    # That of Lectern comes first, and that of the administrator, if there is one, after it.
    return tuple(
        {
            "from": read(maker),
            "trusted": Fact(signed.trust is Trust.KNOWN, Origin.READ, f"{signed.trust} {signed.signer}".strip()),
        }
        for maker, signed in zip(("Lectern", "the administrator"), signatures, strict=False)
    )


def _record(section: Facts | tuple[Facts, ...]) -> Record | list[Record]:
    if isinstance(section, tuple):
        return [_facts_record(facts) for facts in section]
    return _facts_record(section)


def _facts_record(facts: Facts) -> Record:
    return {
        name: {"value": fact.value, "origin": fact.origin, **({"note": fact.note} if fact.note else {})}
        for name, fact in facts.items()
    }


def _text(sections: Mapping[str, Facts | tuple[Facts, ...]]) -> str:
    lines: list[str] = []
    for name, section in sections.items():
        for facts in section if isinstance(section, tuple) else (section,):
            lines += [_TITLES[name], *(_line(key, fact) for key, fact in facts.items())]
        if not section:
            lines += [_TITLES[name], "  none was found"]
    return "\n".join(lines)


def _line(name: str, fact: Fact) -> str:
    value = _value(name, fact.value)
    note = f"; {fact.note}" if fact.note else ""
    return f"  {name.replace('_', ' '):36}{value}  ({fact.origin}{note})"


def _value(name: str, value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {speed / 1e9:,.1f}" for key, speed in value.items()) + " thousand million"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float) and name.endswith("_per_s"):
        return f"{value / 1e6:,.0f} million"
    if isinstance(value, int) and name in _SIZES:
        return f"{value / (1 << 30):,.1f} GiB"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
