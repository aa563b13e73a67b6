"""Tabs in a document indented with spaces, and the other way round."""

from __future__ import annotations

import re

from midfill.engine.completion.cursor import Cursor

_INDENTED = re.compile(r"^[ \t]+(?=\S)", re.MULTILINE)
_ENOUGH = 3  # indented lines, to tell how a document does it
_WIDEST = 8
_SPACES_FOR_A_TAB = 4


def indentation(suggestion: str, cursor: Cursor) -> str:
    """Indent the lines after the first as the document does, if both have one way of doing so."""
    head, newline, rest = suggestion.partition("\n")
    mine = _INDENTED.findall(rest)
    if not mine:
        return suggestion
    theirs = _INDENTED.findall(cursor.before.rpartition("\n")[0] + "\n" + cursor.after)
    if len(theirs) < _ENOUGH:
        return suggestion
    unit = min(map(len, theirs))
    if _only("\t", mine) and _only(" ", theirs) and 1 < unit <= _WIDEST:
        rest = _INDENTED.sub(lambda found: " " * unit * len(found[0]), rest)
    elif _only(" ", mine) and _only("\t", theirs):
        if any(len(each) % _SPACES_FOR_A_TAB for each in mine):
            return suggestion
        rest = _INDENTED.sub(lambda found: "\t" * (len(found[0]) // _SPACES_FOR_A_TAB), rest)
    return head + newline + rest


def _only(character: str, indented: list[str]) -> bool:
    return not "".join(indented).strip(character)
