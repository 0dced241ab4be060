"""What can go wrong, in words a user can act on."""


class LecternError(Exception):
    """A fault that has a name.

    Attributes:
        summary: what happened, and to which file or setting.
        remedy: what to do next.
        detail: the technical cause, for the log and the details pane.
    """

    def __init__(self, summary: str, remedy: str = "", detail: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.summary} {self.remedy}".strip()


class EnvironmentFault(LecternError):
    """The machine is in the way: a full disk, a missing model, a library that is open elsewhere."""


class DocumentFault(LecternError):
    """One document cannot be read; it is skipped and the rest goes on.

    Attributes:
        reason: a short stable code for scripts, such as ``encrypted``.
    """

    def __init__(self, reason: str, summary: str, remedy: str = "", detail: str = "") -> None:
        super().__init__(summary, remedy, detail)
        self.reason = reason


class ModelFault(LecternError):
    """A model file or a model pack cannot be taken.

    Attributes:
        reason: a short stable code for scripts, such as ``truncated``.
    """

    def __init__(self, reason: str, summary: str, remedy: str = "", detail: str = "") -> None:
        super().__init__(summary, remedy, detail)
        self.reason = reason


class UsageFault(LecternError):
    """What was asked for does not make sense: an unknown path, an empty question."""


class Cancelled(Exception):
    """The user stopped the work. Never shown as an error."""
