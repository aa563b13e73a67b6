"""Suggestions that are typed as quickly as accepted."""

from __future__ import annotations

import re

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import closes
from midfill.engine.completion.reason import Reason

# Tabby's `dropMinimum`.
_FEWEST = 4
_ENDS = re.compile(r"[\s\"'`]*[)\]}:;{][\s)\]}:;{,\"'`]*")


def too_short(suggestion: str, cursor: Cursor) -> str | Reason:
    """Drop what has less than four characters, unless it ends the statement or was asked for."""
    if cursor.explicit or len(suggestion.strip()) >= _FEWEST:
        return suggestion
    ends = _ENDS.fullmatch(suggestion) or closes(cursor.line_prefix + suggestion, cursor)
    if ends and not cursor.line_suffix.strip():
        return suggestion
    return Reason.TOO_SHORT
