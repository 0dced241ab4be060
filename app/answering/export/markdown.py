"""A conversation in Markdown."""

import re

from app.answering.export.parts import Kind, Part, parts
from app.domain.conversations import Conversation

_BEFORE = {
    Kind.TITLE: "# ",
    Kind.QUESTION: "## ",
    Kind.HEADING: "### ",
    Kind.TEXT: "",
    Kind.QUOTE: "> ",
    Kind.NOTE: "",
    Kind.FACT: "- ",
}
# What stands for something else than itself, anywhere in a line or at its beginning (CommonMark, and GitHub's tables,
# strikethrough and links without brackets).
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&!$@^]|(?<=:)//|(?<=[wW]{3})\.")
_FIRST = re.compile(r"[-+=:]|\d{1,9}[.)]")


def markdown(conversation: Conversation) -> str:
    """Return a conversation in Markdown. Nothing that stands in it acts as markup, or becomes a link or an image."""
    lines: list[str] = []
    before: Kind | None = None
    for part in parts(conversation):
        if lines and (before, part.kind) != (Kind.FACT, Kind.FACT):
            lines.append("")
        lines.append(_BEFORE[part.kind] + _line(part))
        before = part.kind
    return "\n".join([*lines, ""])


def _line(part: Part) -> str:
    words = _SPECIAL.sub(lambda found: f"\\{found[0]}", part.text)
    if part.kind is Kind.FACT:
        return f"{part.name}: {words}"
    if part.kind is Kind.TEXT and (first := _FIRST.match(words)):
        return f"{words[: first.end() - 1]}\\{words[first.end() - 1 :]}"
    return f"*{words}*" if part.kind is Kind.NOTE else words
