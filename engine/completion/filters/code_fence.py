"""A code fence, and the explanation that follows it."""

from __future__ import annotations

from midfill.engine.completion.cursor import Cursor
from midfill.engine.completion.fence import fence_at
from midfill.engine.completion.reason import Reason


def code_fence(suggestion: str, cursor: Cursor) -> str | Reason:
    """Cut before the first fence."""
    end = fence_at(suggestion, cursor)
    return suggestion if end is None else suggestion[:end] or Reason.CHATTER
