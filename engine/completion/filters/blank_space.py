"""Blank space that nobody sees, or that is there already."""

from __future__ import annotations

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason


def blank_space(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut it at the end of a line; behind a blank, cut it at the beginning; drop blank texts."""
    if not suggestion.strip():
        return Reason.NOTHING
    if not cursor.line_suffix.strip():
        suggestion = suggestion.rstrip()
    if cursor.line_prefix.strip() and cursor.line_prefix[-1].isspace():
        suggestion = suggestion.lstrip(" \t")
    return suggestion
