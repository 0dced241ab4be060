"""A conversation as a page of HTML that needs nothing but itself."""

from html import escape

from app.answering.export.parts import Kind, Part, parts
from app.domain.conversations import Conversation

_TAGS = {
    Kind.TITLE: "h1",
    Kind.QUESTION: "h2",
    Kind.HEADING: "h3",
    Kind.TEXT: "p",
    Kind.QUOTE: "blockquote",
    Kind.NOTE: 'p class="note"',
    Kind.FACT: 'p class="fact"',
}
# Only what both browsers and Qt, which prints the page, know.
_STYLE = """
body { font-family: sans-serif; line-height: 140%; max-width: 760px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 20pt; }
h2 { font-size: 15pt; margin-top: 28px; }
h3 { font-size: 11pt; margin-top: 16px; margin-bottom: 4px; }
blockquote { margin: 6px 24px; }
.note { color: #5a5a5a; }
.fact { color: #5a5a5a; font-size: 8pt; margin: 2px 24px; overflow-wrap: anywhere; }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def html(conversation: Conversation) -> str:
    """Return a conversation as a page. Nothing that stands in it acts as markup, and nothing is fetched for it."""
    body = "\n".join(map(_element, parts(conversation)))
    return _PAGE.format(title=escape(conversation.name), style=_STYLE, body=body)


def _element(part: Part) -> str:
    tag = _TAGS[part.kind]
    name = f"{escape(part.name)}: " if part.name else ""
    return f"<{tag}>{name}{escape(part.text)}</{tag.split()[0]}>"
