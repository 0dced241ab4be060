"""A machine that is described by the texts of its files."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Described:
    """The files of a machine: from their paths to their texts."""

    texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        return self.texts.get(path)

    def names(self, folder: str) -> list[str]:
        inside = (path.removeprefix(f"{folder}/") for path in self.texts if path.startswith(f"{folder}/"))
        return sorted({name.partition("/")[0] for name in inside})
