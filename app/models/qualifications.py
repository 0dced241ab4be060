"""What each generator did in the built-in questions, kept for as long as these are the same.

Quality belongs to a model's files and to what runs them, not to this machine: speeds are in `app.models.records`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.domain.errors import EnvironmentFault
from app.domain.qualification import Qualification
from app.models.json_file import write_json
from app.models.packs import Pack, ServedModel, Writer

_FORMAT = 1


class Qualifications:
    """The results in one file, which other processes may write too.

    Args:
        path: the file; none yet, or one that cannot be read, is the same as an empty one.
        edition: tells which questions and which prompt the results are of: those of another are dropped.
    """

    def __init__(self, path: Path, edition: Callable[[], str]) -> None:
        self._path = path
        self._edition = edition

    def all(self) -> Mapping[str, Qualification]:
        """Return the results that are known, by `Writer.key`."""
        try:
            fields: Mapping[str, Any] = json.loads(self._path.read_text("utf-8"))
            if (fields["format"], fields["edition"]) != (_FORMAT, self._edition()):
                return {}
            return {model: Qualification(**counts) for model, counts in fields["models"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def of(self, model: Pack | ServedModel) -> Qualification | None:
        """Return the result of a model; None = it was not asked, or does not write."""
        return self.all().get(model.key) if isinstance(model, Writer) else None

    def keep(self, model: Writer, result: Qualification) -> None:
        """Keep the result of a model, in place of an earlier one.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        models = {key: asdict(known) for key, known in {**self.all(), model.key: result}.items()}
        fields = {"format": _FORMAT, "edition": self._edition(), "models": models}
        try:
            write_json(self._path, fields)
        except OSError as error:
            raise EnvironmentFault(
                f"The result cannot be kept in {self._path.name}.", "Check the disk and its rights.", str(error)
            ) from error
