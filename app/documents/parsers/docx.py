"""DOCX: paragraphs, headings by style, tables as rows, notes below the paragraph that refers to them.

The XML is read directly, and only the parts with text: a library that opens the whole package would unpack pictures
too, leave out text boxes and content controls, and take three times as long to import.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from app.documents.archive import Archive
from app.documents.draft import Draft
from app.documents.faults import Reason, Refused
from app.documents.limits import Limits
from app.documents.sections import Block, batches

_MAIN = "word/document.xml"
_SKIPPED = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_CELL_JOINT = " | "
# A cell with more than this in it lays out the page, and is no cell of a table of values.
_LONGEST_CELL = 400
_NO = ("0", "false", "off", "none")


def parse(data: bytes, limits: Limits) -> Draft:
    """Read a document of Word 2007 or later.

    Raises:
        Refused: ``damaged``, ``encrypted``, ``bomb``, ``too_large`` or ``unsupported``.
    """
    with Archive(data, limits) as archive:
        main = _main_part(archive)
        folder = posixpath.dirname(main)
        styles = _heading_styles(archive, posixpath.join(folder, "styles.xml"))
        notes = {kind: _notes(archive, posixpath.join(folder, f"{kind}notes.xml"), styles) for kind in ("foot", "end")}
        blocks = list(_Body(styles, notes).read(_tree(archive, main)))
        blocks += _margins(archive, folder, styles)
        core = _core_properties(archive)
    title = core.pop("title", "") or next((block.text for block in blocks if block.level), "")
    return Draft(title, batches(blocks), core)


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" in archive:
        for relation in _tree(archive, "_rels/.rels"):
            if relation.get("Type", "").endswith("/officeDocument"):
                target = posixpath.normpath(str(relation.get("Target", ""))).lstrip("/")
                if target.startswith("word/") and target in archive:
                    return target
    if _MAIN in archive:
        return _MAIN
    raise Refused(Reason.UNSUPPORTED, "It is a zip archive without a document of Word in it.")


def _tree(archive: Archive, name: str) -> etree._Element:
    data = archive.read(name)
    # The format has no document type (ECMA-376 part 2, 8.1.4), and entities are what bombs are made of. A part in
    # UTF-16 has a null beside every letter.
    signs = data.replace(b"\0", b"") if b"\0" in data[:4] else data
    if b"<!DOCTYPE" in signs or b"<!ENTITY" in signs:
        raise Refused(Reason.BOMB, f"“{name}” defines entities of its own.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(Reason.DAMAGED, f"“{name}”: {error}") from error


def _core_properties(archive: Archive) -> dict[str, str]:
    if "docprops/core.xml" not in archive:
        return {}
    wanted = {"title": "title", "creator": "author", "created": "created"}
    found = {
        wanted.get(_local(element)): (element.text or "").strip() for element in _tree(archive, "docProps/core.xml")
    }
    return {name: value for name, value in found.items() if name and value}


def _heading_styles(archive: Archive, name: str) -> dict[str, int]:
    """Map the ids of styles to the level of headings they make: 1 to 9, 0 for none."""
    if name not in archive:
        return {}
    own: dict[str, int] = {}
    based: dict[str, str] = {}
    for style in _tree(archive, name):
        if _local(style) == "style" and (identity := _value(style, "styleId")):
            own[identity], based[identity] = _own_level(style)
    levels = {}
    for identity in own:
        seen = {identity}
        at = identity
        while not own.get(at) and (at := based.get(at, "")) and at not in seen:
            seen.add(at)
        levels[identity] = own.get(at, 0)
    return levels


def _own_level(style: etree._Element) -> tuple[int, str]:
    level = 0
    based = ""
    for element in style.iter():
        match _local(element):
            case "name":
                named = (_value(element) or "").lower()
                if named == "title":
                    level = 1
                elif named.startswith("heading ") and named[8:].isdecimal():
                    level = min(max(int(named[8:]), 1), 9)
            case "basedOn":
                based = _value(element) or ""
            case "outlineLvl":
                level = level or _outline_level(element)
    return level, based


def _outline_level(element: etree._Element) -> int:
    """Level 9 in the file is body text (ECMA-376 part 1, 17.3.1.20)."""
    value = _value(element) or ""
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else 0


def _notes(archive: Archive, name: str, styles: Mapping[str, int]) -> dict[str, str]:
    if name not in archive:
        return {}
    notes = {}
    for note in _tree(archive, name):
        if _value(note, "type") in (None, "normal"):
            text = " ".join(block.text for block in _Body(styles, {}).read(note))
            notes[_value(note, "id") or ""] = text
    return notes


def _margins(archive: Archive, folder: str, styles: Mapping[str, int]) -> list[Block]:
    """Return the texts of headers and footers, each once."""
    texts: dict[str, None] = {}
    for name in archive.names():
        if name.startswith((f"{folder}/header", f"{folder}/footer")) and name.endswith(".xml"):
            texts |= {block.text: None for block in _Body(styles, {}).read(_tree(archive, name))}
    return [Block(text) for text in texts]


@dataclass(slots=True)
class _Paragraph:
    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    style: str = ""
    outline: int = 0


class _Body:
    """Walks a part in document order."""

    def __init__(self, styles: Mapping[str, int], notes: Mapping[str, Mapping[str, str]]) -> None:
        self._styles = styles
        self._notes = notes
        self._paragraphs: list[_Paragraph] = []  # a text box holds paragraphs within a paragraph
        self._rows: list[list[list[Block]]] = []  # of the tables around: the cells so far
        self._cells: list[list[Block]] = []
        self._hidden = False

    def read(self, root: etree._Element) -> Iterator[Block]:
        """Yield the blocks of a part."""
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = _local(element)
            if event == "start" and tag in _SKIPPED:
                walk.skip_subtree()
            elif event == "start":
                self._enter(tag, element)
            else:
                yield from self._leave(tag)

    def _enter(self, tag: str, element: etree._Element) -> None:
        match tag:
            case "p":
                self._paragraphs.append(_Paragraph())
            case "r":
                self._hidden = False
            case "vanish":
                self._hidden = (_value(element) or "") not in _NO
            case "tr":
                self._rows.append([])
            case "tc":
                self._cells.append([])
            case _ if self._paragraphs:
                self._add(self._paragraphs[-1], tag, element)

    def _add(self, paragraph: _Paragraph, tag: str, element: etree._Element) -> None:
        match tag:
            case "t" if not self._hidden:
                paragraph.parts.append(element.text or "")
            case "tab" | "br" | "cr" | "noBreakHyphen" if _local(element.getparent()) == "r":
                paragraph.parts.append(_SIGNS[tag])
            case "pStyle":
                paragraph.style = _value(element) or ""
            case "outlineLvl":
                paragraph.outline = _outline_level(element)
            case "footnoteReference" | "endnoteReference":
                kind = tag.removesuffix("noteReference")
                paragraph.notes.append(self._notes.get(kind, {}).get(_value(element, "id") or "", ""))

    def _leave(self, tag: str) -> Iterator[Block]:
        if tag == "p" and self._paragraphs:
            yield from self._place(self._end_paragraph(self._paragraphs.pop()))
        elif tag == "tc" and self._cells and self._rows:
            self._rows[-1].append(self._cells.pop())
        elif tag == "tr" and self._rows:
            yield from self._place(_row(self._rows.pop()))

    def _end_paragraph(self, paragraph: _Paragraph) -> list[Block]:
        text = "".join(paragraph.parts).strip()
        level = paragraph.outline or self._styles.get(paragraph.style, 0)
        blocks = [Block(text, level)] if text else []
        return blocks + [Block(note) for note in paragraph.notes if note]

    def _place(self, blocks: list[Block]) -> Iterator[Block]:
        """Into the cell around, if there is one."""
        if self._cells:
            self._cells[-1] += blocks
        else:
            yield from blocks


def _row(cells: list[list[Block]]) -> list[Block]:
    texts = [" ".join(block.text for block in cell) for cell in cells]
    if any(len(text) > _LONGEST_CELL for text in texts) or any(block.level for cell in cells for block in cell):
        return [block for cell in cells for block in cell]
    line = _CELL_JOINT.join(text.replace("\n", " ") for text in texts if text)
    return [Block(line)] if line else []


def _local(element: etree._Element) -> str:
    """Return the name without its namespace: transitional and strict files differ in that alone."""
    return str(element.tag).rpartition("}")[2]


def _value(element: etree._Element, name: str = "val") -> str | None:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
