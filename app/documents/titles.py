"""What a document is called: by itself, by its first heading, or by its file name."""

import re
from pathlib import PurePath

from app.documents.cleaning import one_line
from app.documents.faults import shown

_LONGEST = 160
# What programs write where a person wrote nothing, and file names left over from an earlier life.
_MEANINGLESS = re.compile(
    r"\W*(?:untitled|document|title|no title|new document|slide|presentation|powerpoint presentation|word document|"
    r"microsoft word.*|doc|exhibit|contents|table of contents|confidential|draft|abstract|summary|introduction)?"
    r"[\W\d_]*|.*\.(?:docx?|pdf|html?|txt|rtf|odt|pptx?|xlsx?|indd|tex|dvi|qxd|wpd)",
    re.IGNORECASE,
)
# A label that an archive puts above the title proper.
_LABEL = re.compile(r"(?:exhibit|schedule|annex|appendix|attachment)[\s-]+[\w.()-]+\s+(?=\S)", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")


def sane(title: str) -> str:
    """Return a title fit to be shown; empty where it says nothing."""
    line = one_line(title, _LONGEST)
    if _MEANINGLESS.fullmatch(line) or len(_LETTERS.findall(line)) < 3:
        return ""
    return line


def from_heading(heading: str) -> str:
    """Return the heading that a document begins with as a title; empty where it says nothing."""
    return sane(_LABEL.sub("", heading, count=1) if _LABEL.match(heading) else heading)


def from_file(path: PurePath) -> str:
    """Return the file name without its ending."""
    return one_line(shown(path.stem), _LONGEST) or shown(path.name)
