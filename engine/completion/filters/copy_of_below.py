"""A suggestion that is what follows the cursor, once more."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import trivial
from midfill.engine.completion.reason import Reason

# Tabby's `dropDuplicated`, but a single line has to be the same: `x1 = f(a)` above `x2 = f(a)` is
# no copy.
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
    distance = Levenshtein.normalized_distance("\n".join(mine), "\n".join(theirs))
    return Reason.REPEATS_BELOW if distance <= (_SIMILAR if count > 1 else 0) else suggestion


def _first(text: str) -> list[str]:
    lines = (line.strip() for line in text.split("\n"))
    return [line for line in lines if line][:_LINES]
