"""Writes a conversation to a file."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from app.answering.export.html import html
from app.answering.export.markdown import markdown
from app.domain.conversations import Conversation
from app.domain.errors import EnvironmentFault, UsageFault

ENDINGS = (".md", ".html", ".pdf")

Printer = Callable[[str], bytes]
"""Makes a PDF of a page of HTML. It is given by a room that may use Qt."""


def write(conversation: Conversation, file: Path, print_pdf: Printer, *, replace: bool) -> None:
    """Write a conversation, in the format that the file's ending names; the file is there whole, or not at all.

    Args:
        conversation: what is to be written.
        file: where to.
        print_pdf: makes the PDF.
        replace: another file of this name may be lost.

    Raises:
        UsageFault: the ending names no format, or there is such a file already.
        EnvironmentFault: it cannot be written, or no PDF be made.
    """
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise UsageFault(f"{file} names no format.", f"Let the name end with {', '.join(ENDINGS[:-1])} or .pdf.")
    if not replace and file.exists():
        raise UsageFault(f"{file} is there already.", "Choose another name, or move that file away.")
    if ending == ".pdf":
        data = print_pdf(html(conversation))
    else:
        # What came as bytes that are no text, as a name of a file can, has no place in UTF-8.
        data = (html if ending == ".html" else markdown)(conversation).encode("utf-8", "replace")
    beside = file.with_name(f"{file.name}.{uuid4().hex}")
    try:
        try:
            beside.write_bytes(data)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            f"{file} cannot be written: {error.strerror}.", "Choose a folder that you may write to and that has room."
        ) from error
