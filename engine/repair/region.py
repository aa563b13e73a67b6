"""The part of a text that a model is asked for."""

from __future__ import annotations

import re

import msgspec

from midfill.engine.repair import lines
from midfill.grammars.outline import Definition
from midfill.grammars.tree import NotParsed, Span, Tree

# A line at the margin of a definition that still belongs to it, and one that ends it.
_BEGINS = re.compile(r"[{(]|where\b|then\b|do\b|begin\b", re.IGNORECASE)
_ENDS = re.compile(r"[})\]]|end\b", re.IGNORECASE)


class Region(msgspec.Struct, frozen=True):
    """From `start` up to, not including, `end`: a `definition`, or without one some lines."""

    start: int
    end: int
    definition: Definition | None = None


def region_of(tree: Tree, definition: Definition) -> Region:
    """All of a definition.

    At a syntax error a parser may lose its end; there the indentation tells it too.
    """
    end = definition.end
    if faults := _faults(tree):
        name = tree.text.rfind("\n", 0, definition.name_start) + 1
        laid = max(end, laid_out(tree.text, name))
        if any(fault.start <= laid and fault.end >= definition.start for fault in faults):
            end = laid
    return Region(definition.start, end, definition)


def _faults(tree: Tree) -> list[Span]:
    """Where the parser could not read the text: anywhere, if it cannot tell."""
    try:
        return [Span(fault.start, fault.end) for fault in tree.faults()]
    except NotParsed:
        return [Span(0, len(tree.text))]


def laid_out(text: str, start: int) -> int:
    """Where the lines end that belong to the one that starts at `start`, since they are indented
    deeper or end what it begins."""
    at = end = start
    margin = 0
    for number, line in enumerate(lines.split(text[start:])):
        at += len(line)
        if not line.strip():
            continue
        depth = len(lines.margin(line))
        if not number:
            margin = depth
        elif depth < margin:
            break
        elif depth == margin:
            stripped = line.lstrip(" \t")
            if _ENDS.match(stripped):
                return at - len(lines.end_of(line))
            if not _BEGINS.match(stripped):
                break
        end = at - len(lines.end_of(line))
    return end
