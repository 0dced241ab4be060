"""What a model thinks aloud before it answers, told apart from the answer: it is shown, but never cited or checked."""

from app.domain.messages import Piece

MOST_THOUGHTS = 2_048
"""Tokens that a model may think before its answer; then it ends without one."""

# Between these stand the thoughts of the chat templates that llama.cpp collects (`models/templates`).
TAGS = {
    "<think>": "</think>",  # DeepSeek, GLM, Nemotron, Qwen, SmolLM 3
    "<thinking>": "</thinking>",
    "[THINK]": "[/THINK]",  # Magistral, Ministral
    "<seed:think>": "</seed:think>",  # Seed-OSS
    "<|START_THINKING|>": "<|END_THINKING|>",  # Command
    "<|inner_prefix|>": "<|inner_suffix|>",  # Apertus
}


def left_open(prompt: str) -> str:
    """Return the tag that ends the thoughts in whose midst a prompt leaves the model; empty where it does not.

    So do the templates of Qwen 3.5 and DeepSeek R1: the model then never writes the tag that begins them.
    """
    ends = (close for tag, close in TAGS.items() if prompt.rfind(tag) > prompt.rfind(close))
    return next(ends, "")


class ThoughtSplitter:
    """Tells thoughts from the answer while the text comes, however it is cut.

    Thoughts stand before the answer; once that has begun, a tag is text like any other.

    Args:
        close: the tag that ends the thoughts in whose midst the text begins; empty where it does not.
    """

    def __init__(self, close: str = "") -> None:
        self._close = close
        self._thought = bool(close)
        self._answering = False
        self._held = ""

    @property
    def thinking(self) -> bool:
        """Whether what comes next is a thought, as far as is known."""
        return bool(self._close)

    def feed(self, text: str) -> list[Piece]:
        """Take more text; return what is certain of it, without the tags and the space between thoughts and answer."""
        self._held += text
        pieces: list[Piece] = []
        known = True
        while known and self._held:
            if self._close:
                known = self._think(pieces)
            elif self._answering:
                pieces.append(Piece(self._held))
                self._held = ""
            else:
                known = self._begin()
        return pieces

    def end(self) -> list[Piece]:
        """Return what was held back, when no more comes."""
        rest = self._held.lstrip() if self._thought and not self._close else self._held
        self._held = ""
        return [Piece(rest, self.thinking)] if rest else []

    def _think(self, pieces: list[Piece]) -> bool:
        """Go on with a thought; return whether its end has come."""
        thought, close, rest = self._held.partition(self._close)
        # The text may end within the tag.
        held = "" if close else next(tag for tag in _beginnings(self._close) if thought.endswith(tag))
        if taken := thought.removesuffix(held):
            pieces.append(Piece(taken, thought=True))
        self._held = rest if close else held
        if close:
            self._close = ""
        return bool(close)

    def _begin(self) -> bool:
        """Begin with thoughts or with the answer; return whether it is known which of them comes."""
        start = self._held.lstrip()
        for tag, close in TAGS.items():
            if start.startswith(tag):
                self._thought, self._close, self._held = True, close, start.removeprefix(tag)
                return True
        if any(tag.startswith(start) for tag in TAGS):
            return False
        self._answering = True
        self._held = start if self._thought else self._held
        return True


def _beginnings(tag: str) -> list[str]:
    return [tag[:size] for size in range(len(tag) - 1, -1, -1)]
