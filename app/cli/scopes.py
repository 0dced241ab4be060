"""The documents that a command is to search."""

from argparse import Namespace
from dataclasses import replace

from app.domain.errors import UsageFault
from app.domain.scope import EVERYTHING, Scope
from app.library.library import Library

_OPTIONS = {
    "collections": "--collection",
    "folders": "--folder",
    "documents": "--document",
    "types": "--type",
    "since": "--since",
    "until": "--until",
}


def scope_of(options: Namespace, library: Library) -> Scope:
    """Return what the options limit the search to.

    Raises:
        UsageFault: there is nothing of that in the library; the option is named.
    """
    scope = Scope(
        tuple(options.collection),
        tuple(map(str, options.folder)),
        tuple(map(str, options.document)),
        tuple(options.type),
        options.since,
        options.until,
    )
    for kind, option in _OPTIONS.items():
        try:
            library.select(replace(EVERYTHING, **{kind: getattr(scope, kind)}))
        except UsageFault as fault:
            raise UsageFault(f"{option}: {fault.summary}", fault.remedy, fault.detail) from fault
    return scope
