"""HTML: the text that a reader of the page sees. Nothing is loaded, and no script runs."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.documents.cleaning import clean
from app.documents.decoding import decode_html
from app.documents.draft import Draft
from app.documents.sections import Block, batches

_UNSEEN = frozenset({
    "applet", "audio", "button", "canvas", "datalist", "embed", "head", "iframe", "input", "link", "meta", "nav",
    "noframes", "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "video",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "map", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "-text",
})  # fmt: skip
_CELLS = ("td", "th")
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?:\.0*)?\s*(?:[a-z%]+\s*)?(?:[;!]|$)",
    re.IGNORECASE,
)
# A cell with more than this in it lays out the page, and is no cell of a table of values.
_LONGEST_CELL = 400
_LAYOUT = "table, h1, h2, h3, h4, h5, h6, ul, ol, pre"
# No text has this character, since it is cleaned before.
_CELL_END, _CELL_JOINT = "\x1f", " | "
_VALUE = "cell of values"


def parse(data: bytes) -> Draft:
    """Read a page of HTML, or of XHTML as browsers do."""
    tree = LexborHTMLParser(clean(decode_html(data)))
    blocks = list(_Reader().read(tree.root)) if tree.root else []
    named = tree.css_first("title")
    title = named.text() if named else ""
    first_heading = next((block.text for block in blocks if block.level == 1), "")
    return Draft(title if title.strip() else first_heading, batches(blocks))


def plain_text(html: str) -> str:
    """Return the text of a fragment, a line for each block."""
    tree = LexborHTMLParser(html)
    return "\n".join(block.text for block in _Reader().read(tree.root)) if tree.root else ""


class _Reader:
    """Walks the tree without recursion, since a hostile page can be nested deeper than Python's stack."""

    def __init__(self) -> None:
        self._line: list[str] = []
        self._level = 0
        self._bullet = ""
        self._verbatim = 0  # <pre> around
        self._values = 0  # cells of values around, in which a block does not end the line

    def read(self, root: LexborNode) -> Iterator[Block]:
        """Yield the text below ``root``, a block for each line of it."""
        # An entry without a node is an element that the walk leaves.
        stack: list[tuple[LexborNode | None, str]] = [(root, "")]
        while stack:
            node, tag = stack.pop()
            if node is None:
                yield from self._leave(tag)
                continue
            if (following := node.next) is not None:
                stack.append((following, ""))
            tag = node.tag or ""
            if tag == "-text":
                self._line.append(node.text_content or "")
            elif tag not in _UNSEEN and tag[:1] not in "-!" and not _hidden(node):
                tag = _VALUE if tag in _CELLS and _holds_value(node) else tag
                yield from self._enter(tag)
                stack.append((None, tag))
                if (child := node.child) is not None:
                    stack.append((child, ""))
        yield from self._end_line()

    def _enter(self, tag: str) -> Iterator[Block]:
        if tag == _VALUE:
            self._line.append(_CELL_END)
            self._values += 1
        elif tag not in _INLINE:
            yield from self._break(tag)
            self._level = _LEVELS.get(tag, self._level)
            self._verbatim += tag == "pre"
            if tag == "li":
                self._bullet = "- "

    def _leave(self, tag: str) -> Iterator[Block]:
        if tag == _VALUE:
            self._line.append(_CELL_END)
            self._values -= 1
        elif tag not in _INLINE and tag != "br":
            yield from self._break(tag)
            self._verbatim -= tag == "pre"
            if tag in _LEVELS:
                self._level = 0

    def _break(self, tag: str) -> Iterator[Block]:
        if self._values or (self._verbatim and tag == "br"):
            self._line.append("\n")
        else:
            yield from self._end_line()

    def _end_line(self) -> Iterator[Block]:
        line = "".join(self._line)
        self._line = []
        if not self._verbatim:
            cells = (" ".join(cell.split()) for cell in line.split(_CELL_END))
            line = _CELL_JOINT.join(cell for cell in cells if cell)
        if line := line.strip("\n"):
            yield Block(self._bullet + line, self._level)
            self._bullet = ""


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return bool(attributes) and (
        "hidden" in attributes
        or attributes.get("role") == "navigation"
        or bool(_HIDING_STYLE.search(attributes.get("style") or ""))
    )


def _holds_value(cell: LexborNode) -> bool:
    """Whether a cell is one of a table of values, and not one that lays out a page."""
    return cell.css_first(_LAYOUT) is None and len(cell.text()) <= _LONGEST_CELL
