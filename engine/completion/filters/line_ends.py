"""Line ends as the document has them."""

from __future__ import annotations

from midfill.engine.completion.cursor import Cursor, unix


def line_ends(suggestion: str, cursor: Cursor) -> str:
    """Take the ends of the lines around the cursor."""
    if "\n" not in suggestion and "\r" not in suggestion:
        return suggestion
    around = cursor.prefix[-_AROUND:] + cursor.suffix[:_AROUND]
    end = next((each for each in ("\r\n", "\n", "\r") if each in around), "\n")
    return unix(suggestion).replace("\n", end)


_AROUND = 4096
