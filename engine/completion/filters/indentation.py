"""Tabs in a document indented with spaces, and the other way round."""

from __future__ import annotations

import re

from midfill.engine.completion.cursor import Cursor

_BLANK = re.compile(r"^[ \t]+(?=\S)", re.MULTILINE)
_SPACES_FOR_A_TAB = 4
_ENOUGH = 3  # lines, to tell how a document is indented


def indentation(suggestion: str, cursor: Cursor) -> str:
    """Indent the lines after the first as the document does, if it has one way of doing so."""
    head, newline, rest = suggestion.partition("\n")
    theirs = _BLANK.findall(cursor.before.rpartition("\n")[0] + "\n" + cursor.after)
    mine = "".join(_BLANK.findall(rest))
    if not mine or len(theirs) < _ENOUGH:
        return suggestion
    if "\t" in mine and not any("\t" in each for each in theirs):
        unit = min(map(len, theirs))
        if 1 < unit <= 8 and " " not in mine:
            return head + newline + _BLANK.sub(lambda found: " " * unit * len(found[0]), rest)
    if " " in mine and not any(" " in each for each in theirs):
        widths = [len(each) for each in _BLANK.findall(rest)]
        if "\t" not in mine and all(width % _SPACES_FOR_A_TAB == 0 for width in widths):
            return (
                head
                + newline
                + _BLANK.sub(lambda found: "\t" * (len(found[0]) // _SPACES_FOR_A_TAB), rest)
            )
    return suggestion
