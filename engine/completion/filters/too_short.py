"""Suggestions that are typed as quickly as accepted."""

from __future__ import annotations

import re

from midfill.engine.completion.code import code
from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.multiline import closes
from midfill.engine.completion.reason import Reason

# Tabby's `dropMinimum`.
_FEWEST = 4
_ENDS = re.compile(r"[\s\"'`]*[)\]}:;{][\s)\]}:;{,\"'`]*")


def too_short(suggestion: str, cursor: Cursor) -> str | Reason:
    """Drop what has less than four characters, unless it ends something or was asked for."""
    if cursor.explicit or len(suggestion.strip()) >= _FEWEST:
        return suggestion
    if not cursor.line_suffix.strip() and _ends(suggestion, cursor):
        return suggestion
    return Reason.TOO_SHORT


def _ends(suggestion: str, cursor: Cursor) -> bool:
    """Whether it ends the statement, the block, or the comment or string the cursor is in."""
    opened = cursor.code_before[1]
    if opened:
        return not code(opened + suggestion, cursor.language)[1]
    return bool(_ENDS.fullmatch(suggestion)) or closes(cursor.line_prefix + suggestion, cursor)
