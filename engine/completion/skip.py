"""When a completion is not worth asking for."""

from __future__ import annotations

import re

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.reason import Reason

# llama.vim's `max_line_suffix`.
_MOST = 8
_WORD = re.compile(r"\w")
# What editors put there on their own, and what ends a statement.
_NOT_COUNTED = re.compile(r"[\s)\]}>'\"`;,]")


def skip(cursor: Cursor) -> Reason | None:
    """Why no automatic request is made at this cursor; None if one is."""
    if cursor.explicit:
        return None
    if _WORD.match(cursor.line_suffix):
        return Reason.IN_WORD
    if len(_NOT_COUNTED.sub("", cursor.line_suffix)) > _MOST:
        return Reason.CODE_FOLLOWS
    return None
