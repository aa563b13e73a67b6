"""What a cursor stands in, also while its line is half typed."""

from __future__ import annotations

import msgspec

from midfill.grammars.mending import line_at, mended
from midfill.grammars.outline import NAMED_ONLY, Definition, definitions
from midfill.grammars.tree import Span, Tree


class Block(msgspec.Struct, frozen=True):
    """A body in braces or tags; in languages without them the construct that owns the body."""

    start: int
    end: int


def enclosing_definition(tree: Tree, offset: int) -> Definition | None:
    """The innermost definition the cursor stands in, also while its line is half typed.

    A constant, field or variable counts only where nothing larger encloses it.
    """
    return max(
        enclosing_definitions(tree, offset),
        key=lambda each: (each.kind not in NAMED_ONLY, each.start, -each.end),
        default=None,
    )


def enclosing_definitions(tree: Tree, offset: int) -> list[Definition]:
    """All definitions the cursor stands in, the outer before the inner."""
    around = mended(tree, offset)
    if around is not tree:
        found = _enclosing(around, _begin(tree, offset))
        if found:
            return found
    return _enclosing(tree, offset)


def block_at(tree: Tree, offset: int) -> Block | None:
    """The innermost block that text typed at the cursor belongs to, also while it is half typed."""
    around = mended(tree, offset)
    if around is not tree:
        found = _block(around, _begin(tree, offset))
        if found is not None:
            return found
    return _block(tree, offset)


def blocks(tree: Tree, within: Span) -> list[Span]:
    """The blocks that touch a part of the text."""
    return [
        Span(*place(node))
        for found, place in tree.matches("blocks", within)
        for _, captures in found
        for node in captures["block"]
    ]


def _enclosing(tree: Tree, offset: int) -> list[Definition]:
    return [
        each
        for each in definitions(tree, _around(tree, offset))
        if each.start <= offset <= each.end or _continues(tree, Span(each.start, each.end), offset)
    ]


def _block(tree: Tree, offset: int) -> Block | None:
    at_end = tree.language.blocks in ("indentation", "none")
    holding = [
        span
        for span in blocks(tree, _around(tree, offset))
        if span.start < offset < span.end + at_end or _continues(tree, span, offset)
    ]
    innermost = max(holding, key=lambda span: (span.start, -span.end), default=None)
    return Block(*innermost) if innermost else None


def _begin(tree: Tree, offset: int) -> int:
    """Where the code on the line of the cursor begins; the cursor itself if that is not before."""
    line = line_at(tree.text, offset)
    text = tree.text[line.start : offset]
    return offset - len(text.lstrip())


def _around(tree: Tree, offset: int) -> Span:
    """The cursor, with the blank space before it where indentation decides what that belongs to."""
    if tree.language.blocks != "indentation":
        return Span(max(offset - 1, 0), offset)
    return Span(max(len(tree.text[:offset].rstrip()) - 1, 0), offset)


def _continues(tree: Tree, span: Span, offset: int) -> bool:
    """Whether a cursor with only blank space before it since `span` still belongs to that: on its
    last line, or on a line indented deeper than its first."""
    if tree.language.blocks != "indentation" or offset < span.end:
        return False
    text = tree.text
    if text[span.end : offset].strip():
        return False
    line = text.rfind("\n", 0, offset) + 1
    if line <= span.end:
        return True
    header = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    return offset - line > len(header) - len(header.lstrip())
