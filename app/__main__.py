"""Start Lectern: the window, or a command."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.security import egress, switches

if TYPE_CHECKING:
    from app.models.shelf import Shelf
    from app.services import Services

INTERRUPTED = 130
"""Exit code of a program that Ctrl+C ended, as shells give it."""


def main() -> int:
    """Run what the command line asks for and return the exit code."""
    try:
        return _run()
    except KeyboardInterrupt:
        return INTERRUPTED


def _run() -> int:
    switches.apply()
    egress.install()
    # Imported only now: the switches must stand before any library looks for them.
    from app.cli.arguments import parse

    options = parse(sys.argv[1:])
    if options.command is None:
        from app.ui.program import run as run_window

        return run_window(options.library, partial(_open_services, options.models))
    from app.cli.program import run as run_command

    return run_command(
        options, partial(_open_services, options.models), partial(_open_shelf, options.models), _print_pdf
    )


# Both reach every room: the window paints before they are imported.


def _open_services(models: Path, folder: Path) -> "Services":
    from app.bootstrap import open_services

    return open_services(folder, models)


def _open_shelf(models: Path) -> "Shelf":
    from app.bootstrap import open_shelf

    return open_shelf(models)


def _print_pdf(html: str) -> bytes:
    from app.domain.errors import EnvironmentFault

    try:
        from app.ui.printing import print_pdf_without_window
    except ImportError as error:
        raise EnvironmentFault(
            "A PDF cannot be made: Qt, which prints it, does not run here.",
            "Export to .html or .md, or export from the window on another computer.",
            str(error),
        ) from error
    return print_pdf_without_window(html)


if __name__ == "__main__":
    sys.exit(main())
