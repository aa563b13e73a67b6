"""A suggestion that is what follows the cursor, once more."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from midfill.engine.completion.cursor import Cursor, indent
from midfill.engine.completion.multiline import trivial
from midfill.engine.completion.reason import Reason

# Tabby's `dropDuplicated`, but a single line has to be the same: `x1 = f(a)` above `x2 = f(a)` is
# no copy, nor is the `return False` of a branch above that of the function.
_LINES = 3
_SIMILAR = 0.05


def copy_of_below(suggestion: str, cursor: Cursor) -> str | Reason:
    """Drop it if its first three lines are the next three, within 5 % of their characters."""
    mine = _first(cursor.line_prefix + suggestion)
    count = len(mine)
    theirs = _first(cursor.after.partition("\n")[2])[:count]
    if not count or len(theirs) < count or cursor.line_suffix.strip():
        return suggestion
    if all(trivial(line, cursor) for line in mine):
        return suggestion
    if count == 1:
        copy = mine[0].strip() == theirs[0].strip() and _in_same_block(mine[0], theirs[0], cursor)
        return Reason.REPEATS_BELOW if copy else suggestion
    distance = Levenshtein.normalized_distance(_unindented(mine), _unindented(theirs))
    return Reason.REPEATS_BELOW if distance <= _SIMILAR else suggestion


def _first(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n") if line.strip()][:_LINES]


def _in_same_block(mine: str, below: str, cursor: Cursor) -> bool:
    """Whether the line below is deeper than the heading of the block that `mine` belongs to."""
    above = (line for line in reversed(cursor.before.split("\n")[:-1]) if line.strip())
    heading = next((indent(line) for line in above if indent(line) < indent(mine)), -1)
    return indent(below) > heading


def _unindented(lines: list[str]) -> str:
    return "\n".join(line.lstrip() for line in lines)
