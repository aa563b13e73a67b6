"""A suggestion that starts what stands above it over again."""

from __future__ import annotations

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import trivial
from midfill.engine.completion.reason import Reason

_LINES = 8


def copy_of_above(suggestion: str, cursor: Cursor) -> str | Reason:
    """Drop it if its first lines are the last ones before the cursor, word for word."""
    lines = (cursor.line_prefix + suggestion).split("\n")
    mine = [line.rstrip() for line in lines if line.strip()][:_LINES]
    above = [line.rstrip() for line in cursor.before.split("\n")[:-1] if line.strip()]
    for count in range(1, len(mine) + 1):
        if mine[:count] == above[-count:] and not all(
            trivial(line, cursor) for line in mine[:count]
        ):
            return Reason.REPEATS_ABOVE
    return suggestion
