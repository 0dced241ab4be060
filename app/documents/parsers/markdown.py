"""Markdown: the text that a reader sees, without the signs that make it look so."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.documents.cleaning import clean
from app.documents.decoding import decode
from app.documents.draft import Draft
from app.documents.parsers.html import plain_text
from app.documents.sections import Block, batches

_FRONT_MATTER = re.compile(r"---\n(.*?)\n(?:---|\.\.\.)(?:\n|$)", re.DOTALL)
_TITLE = re.compile(r"^title:\s*(['\"]?)(.+?)\1\s*$", re.MULTILINE | re.IGNORECASE)


def parse(data: bytes) -> Draft:
    """Read CommonMark with tables and strikethrough. HTML in it is reduced to its text."""
    text = clean(decode(data))
    title = ""
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
        if named := _TITLE.search(front[1]):
            title = named[2]
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    blocks = list(_blocks(tokens))
    first_heading = next((block.text for block in blocks if block.level), "")
    return Draft(title or first_heading, batches(blocks))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    lists: list[int | None] = []  # of each list around: the next number, or None for bullets
    bullet = ""
    cells: list[str] | None = None
    level = 0
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "heading_close":
                level = 0
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                number = lists[-1]
                bullet = "- " if number is None else f"{number}. "
                lists[-1] = None if number is None else number + 1
            case "tr_open":
                cells = []
            case "tr_close":
                yield Block(" | ".join(cells or ()))
                cells = None
            case "inline":
                text = _inline(token.children or ())
                if cells is not None:
                    cells.append(text)
                elif text:
                    yield Block(bullet + text, level)
                    bullet = ""
            case "fence" | "code_block":
                yield Block(token.content.strip("\n"))
            case "html_block":
                yield Block(plain_text(token.content))


def _inline(children: Sequence[Token]) -> str:
    parts = []
    for token in children:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(_inline(token.children or ()))
    return "".join(parts).strip()
