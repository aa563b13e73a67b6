"""Line ends as the document has them."""

from __future__ import annotations

from midfill.engine.completion.cursor import Cursor, unix

_AROUND = 4096  # characters on each side of the cursor, in which a line ends


def line_ends(suggestion: str, cursor: Cursor) -> str:
    """Take the ends of the lines around the cursor."""
    around = cursor.prefix[-_AROUND:] + cursor.suffix[:_AROUND]
    end = next((each for each in ("\r\n", "\n", "\r") if each in around), "\n")
    return unix(suggestion).replace("\n", end)
