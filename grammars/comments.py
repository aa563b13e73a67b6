"""The comment that documents what comes under it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from midfill.grammars.tree import Span, Tree

# What may stand on the line before a definition that grammars leave out: `pub`, `export`, `#`.
_MODIFIERS = re.compile(r"[\w \t#]*")


def comment_above(tree: Tree, start: int) -> Span | None:
    """The comment that ends on the line before, over any `#[attribute]` lines between."""
    text, comments = tree.text, tree.language.comments
    line = text.rfind("\n", 0, start) + 1
    if not _MODIFIERS.fullmatch(text, line, start):
        return None
    top = bottom = line
    while top > 0:
        above = text.rfind("\n", 0, top - 1) + 1
        content = text[above:top].strip()
        if content.startswith("#["):
            pass
        elif content.startswith(comments.line) and not content.startswith("#!"):
            bottom = above + len(text[above:top].rstrip()) if bottom == line else bottom
        else:
            opened = _block_comment(text, content, above, top, comments.block)
            if opened is None:
                break
            bottom = above + len(text[above:top].rstrip()) if bottom == line else bottom
            above = text.rfind("\n", 0, opened) + 1
        top = above
    if bottom == line:
        return None
    return Span(bottom - len(text[top:bottom].lstrip()), bottom)


def _block_comment(
    text: str, content: str, above: int, top: int, pairs: Iterable[tuple[str, str]]
) -> int | None:
    """Where the block comment begins that the line `content` ends, if it stands alone."""
    for opening, closing in pairs:
        if content.endswith(closing) and len(content) >= len(closing):
            end = above + text[above:top].rindex(closing)
            opened = text.rfind(opening, 0, end)
            line = text.rfind("\n", 0, opened) + 1
            if opened >= 0 and not text[line:opened].strip():
                return opened
    return None
